#!/bin/sh
# The filing as a whole: the rules in filters/ over 210 invented letters that careful people labelled. A change of the rules or the matcher that spoils
# what was reached falls below a floor here.
srcdir=${srcdir:-.}
. "$srcdir/tests/cli/lib.sh"

command -v python3 >/dev/null || skip_all "python3 is missing: the filing is not scored"
plan 3

SCORE=$srcdir/tests/filing/score
SEEN=$srcdir/tests/filing/seen/LABELS.tsv

# WHAT FIELD FLOOR: a number of the scorer's JSON is not below its floor
floor() {
	python3 - "$T/scores" "$@" <<-'END' || wrong "$1: $2 fell below $3"
		import json, sys
		path, what, field, least = sys.argv[1:]
		value = json.load(open(path))["results"][what][field]
		print(f"# {what}: {field} {value:.3f}, floor {least}")
		sys.exit(value < float(least))
	END
}

# twenty letters, all input said to be spam
wrong_labels() {
	mkdir "$T/wrong"
	head -n 21 "$SEEN" | sed '2,$s/\tinput\t/\tspam\t/' >"$T/wrong/LABELS.tsv"
}

# the floors stand a little under what was reached
begin "the seen letters are filed as their readers did"
"$SCORE" --json --resamples 0 "$POSTBAG" "$SEEN" "$srcdir/filters/ssr2-2018.rules" "$srcdir/filters/ssr2-2017.rules" \
	"$srcdir/tests/filing/roster.rules" >"$T/scores" 2>"$T/score-errors" || wrong "the scorer failed: $(head -n 3 "$T/score-errors" | tr '\n' ';')"
[ -s "$T/scores" ] || wrong "no scores"
floor kind f1 0.98
floor "workstream, with suggested" f1 0.90
floor "workstream, firm" precision 0.96
floor "topic, with suggested" f1 0.84
floor "topic, firm" precision 0.95
floor "intent, with suggested" f1 0.86
floor "group, of public input" f1 0.80
end

# a scorer that finds everything right would hold any floor: with labels that are wrong on purpose it says so
begin "the scorer notices wrong labels"
wrong_labels
tail -n +2 "$T/wrong/LABELS.tsv" | cut -f 1 | while read -r file; do cp "$srcdir/tests/filing/seen/$file" "$T/wrong"; done
"$SCORE" --json --resamples 20 "$POSTBAG" "$T/wrong/LABELS.tsv" "$srcdir/filters/ssr2-2018.rules" >"$T/scores" || wrong "the scorer failed"
python3 - "$T/scores" <<-'END' || wrong "kind F1 is too good, or stands outside its interval"
	import json, sys
	kind = json.load(open(sys.argv[1]))["results"]["kind"]
	low, high = kind["f1_interval"]
	sys.exit(not (kind["f1"] < 0.5 and low <= kind["f1"] <= high))
END
end

# two readers who agree throughout, and two who differ
begin "the agreement of two readers"
wrong_labels
"$srcdir/tests/filing/agreement" "$SEEN" "$SEEN" >"$T/same"
grep -q '^kind  *F1 1.00  kappa 1.00$' "$T/same" || wrong "a reader differs from himself: $(tr '\n' ';' <"$T/same")"
"$srcdir/tests/filing/agreement" "$SEEN" "$T/wrong/LABELS.tsv" >"$T/differ"
grep -q '^20 messages in both' "$T/differ" || wrong "not 20 messages: $(head -n 1 "$T/differ")"
! grep -q '^kind  *F1 1.00' "$T/differ" || wrong "spam for input is no difference"
end
