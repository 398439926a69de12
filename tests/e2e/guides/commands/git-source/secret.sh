# Third-party git repositories: the SSH key of the git user, in the folder of the shell.
# differs: -N and -f, because nobody is there to answer the questions of the program
ssh-keygen -t rsa -b 4096 -C "your_git_email@example.com" -N '' -f external-repo-rsa

export SecretsManagerArn=$(aws secretsmanager create-secret --name external-repo-rsa \
--secret-string file://external-repo-rsa --query ARN --output text)
