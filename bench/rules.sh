# What rules cost: matching alone, beside PCRE2 and Hyperscan, and in a whole delivery.

bench_rules() {
	corpus
	python3 - "$place/md/cur" "$work/texts" <<'PY'
import email, os, sys
with open(sys.argv[2], "w") as out:
    for name in sorted(os.listdir(sys.argv[1]))[:8000]:
        with open(os.path.join(sys.argv[1], name), "rb") as file:
            message = email.message_from_binary_file(file)
        for part in message.walk():
            if part.get_content_type() == "text/plain":
                try:
                    out.write((part.get_payload(decode=True) or b"").decode(part.get_content_charset("utf-8"), "replace"))
                except LookupError:
                    pass
                break
        if out.tell() > 10**7:
            break
PY
	"$build/bench/match" -t "$work/texts" -w "$work/made" "$here/../filters/ssr2-2018.rules" "$here/../filters/ssr2-2017.rules" | tee "$work/match" | sed 's/^/rules: /'
	awk '$1 == "table" { ours[$2] = $3; pcre[$2] = $4; hyperscan[$2] = $5 } END {
		printf "matching with 2,000 rules\t%.1f us\twith 100 rules %.1f us\t%.2f\t-\t<= 6\t%s\ttexts of 4.6 kB\n", ours[2000], ours[100], ours[2000] / ours[100],
			ours[2000] <= 6 * ours[100] ? "yes" : "NO"
		printf "matching with 2,000 rules\t%.1f us\tPCRE2 JIT rule by rule %.0f us\t%.4f\t-\t<= 0.02\t%s\tfinds what stands there; no masks, no sections of mail\n",
			ours[2000], pcre[2000], ours[2000] / pcre[2000], ours[2000] * 50 <= pcre[2000] ? "yes" : "NO"
		if (hyperscan[2000] > 0)
			printf "matching with 2,000 rules\t%.1f us\tHyperscan %.1f us\t%.2f\t-\t-\t-\tall patterns at once; where they end only; no masks, no sections of mail\n",
				ours[2000], hyperscan[2000], ours[2000] / hyperscan[2000]
		else
			print "matching with 2,000 rules\t-\tHyperscan\t-\t-\t-\t-\tNOT MEASURED: libhyperscan5 is not installed"
	}' "$work/match" | tell
	write_message
	for rules in 100 2000; do
		rm -rf "$work/rules-$rules"
		"$postbag" -q --archive "$work/rules-$rules" init --rules "$work/made-$rules.rules"
	done
	"$turns" -n "${BENCH_DELIVERIES:-200}" -w 5 -i "$work/message" 2000 "$postbag" --archive "$work/rules-2000" deliver \
		-- "with 100 rules" "$postbag" --archive "$work/rules-100" deliver > "$work/turns"
	against "a delivery with 2,000 rules" "with 100 rules" 1.2 ''
}

# Processor time a letter, of 1,000, 10,000 and 100,000 letters of one campaign put into an index, and of letters that are not alike, in turn; medians.
bench_campaigns() {
	: > "$work/letters"
	for run in $(seq "$runs"); do
		for letters in 1000 10000 100000; do
			for way in '' unlike; do
				rm -rf "$work/index"
				echo "$letters-${way:-alike} $("$build/bench/campaigns" "$letters" "$work/index" $way)" >> "$work/letters"
			done
		done
	done
	rm -rf "$work/index"
	sort -t' ' -k1,1 -k2,2n "$work/letters" | awk '{ list[$1, ++n[$1]] = $2 }
	END { for (letters = 1000; letters <= 100000; letters *= 10) {
		alike = list[letters "-alike", int((n[letters "-alike"] + 1) / 2)]; unlike = list[letters "-unlike", int((n[letters "-unlike"] + 1) / 2)]
		if (letters == 1000) first = alike
		printf "campaigns: %6d letters alike %6.1f us each, %.2f times those of 1,000; letters unlike %6.1f us each\n", letters, alike, alike / first, unlike
	} }'
}
