#!/bin/sh
# progress.sh LABEL COMMAND...: runs a quiet command. Prints the label when the command takes longer than a second, and every
# 20 seconds how long it has been running.
label=$1
shift

report() {
	# A sleep that outlived the report would keep standard error open.
	trap 'kill "$sleep"; exit' TERM
	waited=0
	for_next=1
	while :; do
		sleep "$for_next" &
		sleep=$!
		wait "$sleep"
		waited=$((waited + for_next))
		if [ "$waited" -eq 1 ]; then echo "$label ..."; else echo "$label: $waited s"; fi
		for_next=20
	done
}

report >&2 &
reporter=$!
"$@"
status=$?
kill "$reporter" 2>/dev/null
wait "$reporter" 2>/dev/null
exit "$status"
