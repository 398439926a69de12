"""Python imports this module before the AWS CLI, whose `deploy` and `wait` look at a stack every 30 seconds. Here a stack takes seconds."""

import time

# `deploy` looks 120 times: that is 6 minutes.
LONGEST = 3.0

sleep = time.sleep
time.sleep = lambda seconds: sleep(min(seconds, LONGEST))
