# The programs of OpenSSH as a build finds them. They take the home folder from the user database and not from HOME, so
# on their own they would use the keys and hosts of the user who started the emulator. In front of this file stand
#   home     the build's home folder
#   folder   where configurations may be written
#   program  the program of OpenSSH in whose place this runs

# A word in which `~/` at the start, or of the value in NAME=VALUE, is the build's home folder.
at_home() {
  case $1 in
    '~/'*) printf '%s' "$home/${1#'~/'}" ;;
    *'=~/'*) printf '%s' "${1%%'=~/'*}=$home/${1#*'=~/'}" ;;
    *' ~/'*) printf '%s' "${1%%' ~/'*} $home/${1#*' ~/'}" ;;
    *) printf '%s' "$1" ;;
  esac
}

# The keys that OpenSSH tries when none is named, one a line.
default_keys() {
  for kind in rsa ecdsa ecdsa_sk ed25519 ed25519_sk xmss dsa; do
    if [ -f "$home/.ssh/id_$kind" ]; then printf '%s\n' "$home/.ssh/id_$kind"; fi
  done
}

# The configuration that ssh would read, with the build's home folder in it. The first value of an option wins.
configuration() { # <file>
  if [ -r "$1" ]; then
    text=$(printf '%s' "$home" | sed 's/[#&\\]/\\&/g')
    sed -e '/[Rr]emote[Cc]ommand/b' -e "s#\([[:space:]=\"]\)~/#\1$text/#g" -e "s#%d#$text#g" \
      -e "s#^\([[:space:]]*[Ii]nclude[[:space:]]\{1,\}\)\([^/~\"]\)#\1$text/.ssh/\2#" "$1"
  fi
  printf '\nHost *\n  UserKnownHostsFile "%s" "%s"\n' "$home/.ssh/known_hosts" "$home/.ssh/known_hosts2"
}

identities() {
  "$program" -G "$@" 2>/dev/null | grep -i '^identityfile '
}

# Takes `-F FILE` out of the arguments, and the user's home folder out of the other options.
run_ssh() {
  file=$home/.ssh/config
  with_value=BDEFIJLOPQRSWbceilmopw
  option='' hosts=0 count=$#
  while [ "$count" -gt 0 ]; do
    word=$1
    shift
    count=$((count - 1))
    if [ "$option" = F ]; then
      file=$(at_home "$word") option=''
      continue
    elif [ -n "$option" ]; then
      case $option in [EISio]) word=$(at_home "$word") ;; esac
      option=''
    elif [ "$hosts" -lt 2 ]; then
      case $word in
        --) ;;
        -?*)
          # Letters without a value, then one with a value or none.
          letters=${word#-} flags=''
          while [ -n "$letters" ]; do
            letter=${letters%"${letters#?}"} letters=${letters#?}
            case $with_value in
              *"$letter"*)
                option=$letter
                break
                ;;
            esac
            flags=$flags$letter
          done
          if [ "$option" = F ]; then
            if [ -n "$letters" ]; then file=$(at_home "$letters") option=''; fi
            if [ -z "$flags" ]; then continue; fi
            word=-$flags
          elif [ -n "$letters" ]; then
            case $option in [EISio]) word=-$flags$option$(at_home "$letters") ;; esac
            option=''
          fi
          ;;
        # The host, then the command, which is not ours to read.
        *) hosts=$((hosts + 1)) ;;
      esac
    fi
    set -- "$@" "$word"
  done
  if [ "$file" != "$home/.ssh/config" ] && [ "$file" != none ] && [ ! -r "$file" ]; then
    exec "$program" -F "$file" "$@"
  fi
  configuration "$file" >"$folder/ssh_config.$$"
  # Asked for with the least of options, ssh shows its default keys, which are the user's.
  if [ "$(identities -F "$folder/ssh_config.$$" "$@")" = "$(identities -F none localhost)" ]; then
    # Each goes in front of the one before, so the last comes first.
    keys=$(default_keys | sed -n '1!G;h;$p')
    while IFS= read -r key; do set -- -o "IdentityFile=\"$key\"" "$@"; done <<KEYS
${keys:-none}
KEYS
  fi
  exec "$program" -F "$folder/ssh_config.$$" "$@"
}

run_keygen() {
  action='' kind='' named=''
  options='ABHKLQUXceghiklopquvyC:D:E:F:I:M:N:O:P:R:V:Y:Z:a:b:f:g:m:n:r:s:t:w:z:'
  OPTIND=1
  while getopts ":$options" letter; do
    case $letter in
      f) named=yes ;;
      t) kind=$OPTARG ;;
      F | R | H) action=hosts ;;
      A | D | K | L | M | Q | U | Y | k | s) action=other ;;
      *) ;;
    esac
  done
  case $named$action in
    hosts) exec "$program" "$@" -f "$home/.ssh/known_hosts" ;;
    '')
      if [ -z "$kind" ]; then
        key=$(default_keys | head -n 1)
        # The default of OpenSSH since 9.5; before, it was RSA.
        if [ -n "$key" ]; then kind=${key##*/id_}; else kind=ed25519; set -- -t ed25519 "$@"; fi
      fi
      exec "$program" "$@" -f "$home/.ssh/id_$(printf '%s' "$kind" | tr - _)"
      ;;
    *) exec "$program" "$@" ;;
  esac
}

run_add() {
  OPTIND=1 action=''
  while getopts ':vkKlLcdDqTxXCE:e:h:H:M:m:s:S:t:' letter; do
    case $letter in D | K | L | T | X | e | l | s | x) action=other ;; *) ;; esac
  done
  if [ -n "$action" ] || [ "$OPTIND" -le "$#" ]; then exec "$program" "$@"; fi
  keys=$(default_keys)
  while IFS= read -r key; do set -- "$@" "${key:-$home/.ssh/id_rsa}"; done <<KEYS
$keys
KEYS
  exec "$program" "$@"
}

case ${0##*/} in
  ssh) run_ssh "$@" ;;
  ssh-keygen) run_keygen "$@" ;;
  ssh-add) run_add "$@" ;;
  # scp and sftp start ssh by its path, unless told another.
  *) exec "$program" -S "${0%/*}/ssh" "$@" ;;
esac
