# Tries what a team's pod may and may not do, and writes how each try ended to $OUTCOMES. Arguments, four a try:
#
#   in|refused|any|fenced   what should come of it
#   list|get|put|delete|credentials|reach
#   BUCKET           a bucket's name or an access point's ARN; an address for credentials, a URL for reach
#   KEY              the prefix for list; for get, where it is empty, the object that the last list found
#
# First line: a letter a try. y done, e done and nothing was there, n refused, g no such access point, c no credentials,
# x failed otherwise, - not tried. Of what is fenced: y it got there, n it was kept out, x that shows nothing. Then, for each try that ended otherwise than it should: its number and what was said.
# Needs sh, sleep and the AWS CLI.
set -f
command -v aws >/dev/null || exit 127
# New policies and credentials take seconds to be known everywhere, a grant of KMS up to five minutes (KMS developer
# guide, "Grants in AWS KMS"). For so many seconds together something is tried again, soon at first, more rarely later.
: "${PATIENCE:=300}"
# By default the VPC CNI lets a new pod through until its policies are there (EKS user guide, "Restrict Pod network
# traffic with Kubernetes network policies"). So what is fenced is tried again too, for so many seconds each.
: "${FENCE_PATIENCE:=30}"
newline='
'
waited=0 number=0 letters='' words='' found='' letter='' written='' where=''
# What it has written goes with it, also where it is told to end.
trap '[ -z "$written" ] || ask delete-object --bucket "$where" --key "$written"; exit 143' TERM

ask() {
  aws s3api "$@" --cli-connect-timeout 5 --cli-read-timeout 20 2>&1
}

# What the AWS CLI finds where there is nothing but the instance's own: it asks for a token (IMDSv2), and without one
# where that does not come (IMDSv1). What it gets is shown to nobody.
nodes_credentials() {
  (
    unset AWS_CONTAINER_CREDENTIALS_FULL_URI AWS_CONTAINER_CREDENTIALS_RELATIVE_URI AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE
    unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_WEB_IDENTITY_TOKEN_FILE AWS_PROFILE
    export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_EC2_METADATA_DISABLED=false
    export AWS_METADATA_SERVICE_TIMEOUT=3 AWS_METADATA_SERVICE_NUM_ATTEMPTS=2
    aws configure export-credentials 2>&1 >/dev/null
  )
}

# Whatever answers is within reach. A NetworkPolicy lets what it keeps out fall silent; a name that is not there, and a
# service with nothing behind it, fail at once, and so show nothing.
fenced() {
  case $1 in
    credentials) said=$(nodes_credentials) ;;
    reach) said=$(AWS_MAX_ATTEMPTS=1 aws s3api list-buckets --endpoint-url "$2" --no-sign-request --cli-connect-timeout 3 \
      --cli-read-timeout 3 2>&1) ;;
  esac
  case $1$?$said in
    credentials0*) letter=y ;;
    credentials*'no credentials found'*) letter=n ;;
    credentials*) letter=x ;;
    *'Could not connect to the endpoint URL'*) letter=x ;;
    *'Connect timeout on endpoint URL'*) letter=n ;;
    *) letter=y ;;
  esac
}

once() {
  case $1 in
    credentials | reach)
      fenced "$1" "$2"
      return
      ;;
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
    in[ye] | refused[ng] | any? | fenced[nx] | ?*-) true ;;
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
  [ "$1" != fenced ] || { waited=0 PATIENCE=$FENCE_PATIENCE; }
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
