#!/bin/sh
# What a pipeline does with a folder of team files.
#
#   teams.sh plan [--prune] FOLDER COMMENT    writes the plan to the file COMMENT, in Markdown
#   teams.sh apply [--prune] FOLDER           makes the teams what their files say
#
# --prune also offboards the teams that have no file there.
# Exit status: 0 the plan can be carried out, or all was done; 1 not; 2 typed wrongly.
set -eu

usage() {
    sed -n 's/^#   //p' "$0" >&2
    exit 2
}

plan() {
    said=$(mktemp)
    trap 'rm -f "$said"' EXIT
    status=0
    if [ -n "$prune" ]; then
        # 2 is no plan with changes here, but a file that cannot be read.
        hyperpod-teams apply --plan --prune "$1" >"$said" 2>&1 || status=1
        title="Merging this changes what is marked +, ~ or -"
    else
        hyperpod-teams plan "$1" >"$said" 2>&1 || status=$?
        title="Nothing to do"
    fi
    case $status in
        0) ;;
        2) status=0 title="Merging this changes what is marked +, ~ or -" ;;
        *) status=1 title="This cannot be carried out" ;;
    esac
    cat "$said"
    comment "$title" <"$said" >"$2"
    return $status
}

# Indented text is code: nothing that a file says becomes a link, a mention or a command of the forge. A comment on
# GitHub has at most 65,536 characters. What stays as it is takes the most room, and needs no reviewer.
comment() {
    printf '### %s\n\n' "$1"
    LC_ALL=C awk -v most=60000 '
        /^  = / { next }
        { size += length($0) + 5 }
        size > most { print "    (Cut off here: the log of the pipeline has the rest.)"; exit }
        { print "    " $0 }'
}

[ $# -gt 0 ] || usage
verb=$1
shift
prune=
if [ "${1-}" = --prune ]; then
    prune=--prune
    shift
fi
export NO_COLOR=1
unset FORCE_COLOR
case $verb/$# in
    plan/2) plan "$1" "$2" ;;
    apply/1) hyperpod-teams apply --yes ${prune:+"$prune"} "$1" ;;
    *) usage ;;
esac
