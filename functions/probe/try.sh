# Tries what a team's pod may and may not do, and writes how each try ended to $OUTCOMES. Arguments, four a try:
#
#   in|refused|any   what should come of it
#   list|get|put|delete
#   BUCKET           a bucket's name or an access point's ARN
#   KEY              the prefix for list; for get, where it is empty, the object that the last list found
#
# First line: a letter a try. y done, e done and nothing was there, n refused, g no such access point, c no credentials,
# x failed otherwise, - not tried. Then, for each try that ended otherwise than it should: its number and what was said.
# Needs sh, sleep and the AWS CLI.
set -f
command -v aws >/dev/null || exit 127
# New policies and credentials take seconds to be known everywhere, a grant of KMS up to five minutes (KMS developer
# guide, "Grants in AWS KMS"). For so many seconds together something is tried again, soon at first, more rarely later.
: "${PATIENCE:=300}"
newline='
'
waited=0 number=0 letters='' words='' found='' letter='' written='' where=''
# What it has written goes with it, also where it is told to end.
trap '[ -z "$written" ] || ask delete-object --bucket "$where" --key "$written"; exit 143' TERM

ask() {
  aws s3api "$@" --cli-connect-timeout 5 --cli-read-timeout 20 2>&1
}

once() {
  case $1 in
    list) said=$(ask list-objects-v2 --bucket "$2" --prefix "$3" --max-keys 1 --no-paginate \
      --query 'Contents[0].Key' --output text) ;;
    get) said=$(ask get-object --bucket "$2" --key "$3" --range bytes=0-0 /dev/null) ;;
    put)
      where=$2 written=$3
      said=$(ask put-object --bucket "$2" --key "$3")
      ;;
    delete) said=$(ask delete-object --bucket "$2" --key "$3") ;;
  esac
  status=$?
  # Its last line: warnings come before.
  [ "$1$status" != list0 ] || said=${said##*"$newline"}
  case $status$said in
    0None) letter=e ;;
    0*) letter=y ;;
    *'(AccessDenied)'*) letter=n ;;
    # Let in, and then there was no such thing, or nothing in it, or it is archived.
    *'(NoSuchKey)'* | *'(InvalidRange)'* | *'(InvalidObjectState)'*) letter=y ;;
    *'(NoSuchAccessPoint)'*) letter=g ;;
    *redentials*) letter=c ;;
    *) letter=x ;;
  esac
}

as_it_should() {
  case $1$letter in
    in[ye] | refused[ng] | any? | ?*-) true ;;
    *) false ;;
  esac
}

attempt() {
  key=$4
  [ "$2" != get ] || [ -n "$key" ] || key=$found
  if { [ "$2" = get ] && [ -z "$key" ]; } || { [ "$2" = delete ] && [ -z "$written" ]; }; then
    letter=- said=''
    return
  fi
  once "$2" "$3" "$key"
  until as_it_should "$1" || [ "$waited" -ge "$PATIENCE" ]; do
    pause=$((waited / 10 + 1))
    waited=$((waited + pause))
    sleep "$pause"
    once "$2" "$3" "$key"
  done
  case $2$letter in
    put[ngc] | deletey) written='' ;;
  esac
  [ "$1 $2" != 'in list' ] || { [ "$letter" = y ] && found=$said || found=''; }
}

while [ $# -ge 4 ] && [ "$letter" != c ]; do
  attempt "$1" "$2" "$3" "$4"
  letters=$letters$letter
  as_it_should "$1" || words="$words
$number $(printf '%.400s' "$(echo $said)")"
  number=$((number + 1))
  shift 4
done
printf '%s%.3000s\n' "$letters" "$words" >"$OUTCOMES"
