#!/bin/sh
# kill -9 at random moments: of a delivery, of it with its reader, of its reader alone; of sweep, rebuild and import.
# What was answered is there, what was killed is delivered again, and nothing is there twice.

srcdir=${srcdir:-.}
. "$srcdir/tests/faults/lib.sh"
perl -MTime::HiRes -e 1 2>/dev/null || skip_all "no perl with Time::HiRes: nothing was killed"
plan 5

note "seed $seed"
# killed_at SECONDS WHOM ARGUMENT...: the program, killed within so many seconds; the seed and the number of the call settle when
calls=0
killed_at() {
	calls=$((calls + 1))
	_at=$(perl -e 'srand $ARGV[0] * 1000 + $ARGV[1]; rand; printf "%.4f\n", rand $ARGV[2]' "$seed" "$calls" "$1") _whom=$2
	shift 2
	shown="postbag $* with the $_whom killed after $_at s"
	env -i PATH="$PATH" HOME="$T/home" TMPDIR="$T/tmp" POSTBAG_NOW="$now" POSTBAG_CONFIG="$root/none.conf" ASAN_OPTIONS="$ASAN_OPTIONS" LSAN_OPTIONS="$LSAN_OPTIONS" \
		perl "$srcdir/tests/faults/killat" "$_at" "$_whom" "$POSTBAG" "$@" >"$out" 2>"$err"
	status=$?
	# how long one takes changes with what else the machine does: kept such that some are killed and some are not
	long=$(perl -e 'printf "%.4f", $ARGV[0] * ($ARGV[1] == 137 ? 1.1 : $ARGV[2] eq "child" ? 1 : 0.8)' "$long" "$status" "$_whom")
}

# seconds COMMAND...: how long an undisturbed one takes, and a little more, so that some end by themselves
seconds() {
	_begin=$(date +%s.%N)
	"$@" >/dev/null 2>&1
	perl -e 'printf "%.4f\n", 1.2 * ($ARGV[1] - $ARGV[0])' "$_begin" "$(date +%s.%N)"
}

# Everything is there that was sent, once.
all_there() { # MESSAGES LEAST-DELIVERIES MOST-DELIVERIES
	run 0 '*' sweep --archive "$A"
	same "left in the spool" "$(spooled)" 0
	_deliveries=$(deliveries)
	check_archive "$1" "$_deliveries"
	at_least "deliveries" "$_deliveries" "$2"
	at_least "$3 deliveries at most, $_deliveries there; difference" $(($3 - _deliveries)) 0
}

begin "deliveries"
run 0 '' init "$A"
mail "$T/a.eml" first
deliver "$T/a.eml"
long=$(seconds alone deliver --archive "$A" <"$T/a.eml")
cp /dev/null "$T/acknowledged"
sent=$(deliveries) repeated=0 killed=0 n=0
while [ $((n += 1)) -le "$(either 60 500)" ]; do
	case $((n % 3)) in
	0) whom=process ;;
	1) whom=group ;;
	2) whom=child ;;
	esac
	mail "$T/a.eml" "killed-$n" $((n % 5 * 20000))
	killed_at "$long" $whom deliver --archive "$A" <"$T/a.eml"
	sent=$((sent + 1))
	case $status:$whom in
	0:*) echo "killed-$n" >>"$T/acknowledged" ;;
	137:process | 137:group)
		killed=$((killed + 1))
		alone deliver --archive "$A" <"$T/a.eml" >"$out" 2>"$err" || wrong "$shown: delivered again: exit status $?: $(head -c 300 "$err" | tr '\n' ';')"
		echo "killed-$n" >>"$T/acknowledged"
		repeated=$((repeated + 1))
		;;
	*) wrong "$shown: exit status $status: $(head -c 300 "$err" | tr '\n' ';')" ;;
	esac
done
sort "$T/acknowledged" >"$T/sorted"
kept_keys "$T/kept"
comm -23 "$T/sorted" "$T/kept" >"$T/lost"
[ ! -s "$T/lost" ] || wrong "answered with 0 and lost: $(head -n 5 "$T/lost" | tr '\n' ' ')"
all_there $((1 + $(wc -l <"$T/sorted"))) "$sent" $((sent + repeated))
run 0 '*' rebuild --archive "$A" --unread
same "unread in the end" "$(sql index.db 'SELECT count(*) FROM message WHERE unread IS NOT NULL')" 0
at_least "killed" "$killed" 3
note "deliveries: $((n - 1)) begun, $killed killed and delivered again, $((sent + repeated - $(deliveries))) of these had not been kept before, 0 lost"
end

begin "sweep"
run 0 '' init "$A"
sql mail.db 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
rm -f "$A"/mail.db-*
mv "$A/mail.db" "$T/mail.db"
: >"$A/mail.db"
letters=$(either 12 40)
n=0
while [ $((n += 1)) -le "$letters" ]; do
	mail "$T/a.eml" "spooled-$n" 3000
	run 0 spool deliver --archive "$A" <"$T/a.eml"
done
mv "$T/mail.db" "$A/mail.db"
cp -a "$A" "$T/before"
long=$(seconds alone sweep --archive "$A")
rm -rf "$A"
cp -a "$T/before" "$A"
n=0 killed=0
while [ $((n += 1)) -le "$(either 12 100)" ]; do
	killed_at "$long" process sweep --archive "$A"
	if [ "$status" = 137 ]; then
		killed=$((killed + 1))
	elif [ "$status" != 0 ]; then
		wrong "$shown: exit status $status: $(head -c 300 "$err" | tr '\n' ';')"
	fi
	same "$shown: in the archive or the spool" "$(kept_keys "$T/kept" && sort -u "$T/kept" | wc -l)" "$letters"
	if [ "$(spooled)" = 0 ]; then
		all_there "$letters" "$letters" "$letters"
		rm -rf "$A"
		cp -a "$T/before" "$A"
	fi
done
all_there "$letters" "$letters" "$letters"
at_least "killed" "$killed" 3
end

begin "rebuild"
harbour_archive
dump_index "$T/whole"
long=$(seconds alone rebuild --archive "$A")
n=0 killed=0
while [ $((n += 1)) -le "$(either 10 100)" ]; do
	killed_at "$long" group rebuild --archive "$A"
	if [ "$status" = 137 ]; then
		killed=$((killed + 1))
	elif [ "$status" != 0 ]; then
		wrong "$shown: exit status $status: $(head -c 300 "$err" | tr '\n' ';')"
	fi
done
at_least "killed" "$killed" 3
run 0 '*' sweep --archive "$A"
dump_index "$T/again"
same_index "$T/whole" "$T/again" "an index made again by sweep after rebuild was killed"
check_archive "$HARBOUR_LETTERS" "$HARBOUR_LETTERS"
end

# an import that was killed is run again, and brings in what is missing
begin "import"
run 0 '' init "$A"
mkdir "$T/box" "$T/box/new" "$T/box/cur" "$T/box/tmp"
letters=$(either 120 400)
n=0
while [ $((n += 1)) -le "$letters" ]; do mail "$T/box/new/$n" "boxed-$n" 2000; done
cp -a "$A" "$T/before"
long=$(seconds alone import --archive "$A" "$T/box")
rm -rf "$A"
cp -a "$T/before" "$A"
n=0 killed=0
while [ $((n += 1)) -le "$(either 6 60)" ]; do
	killed_at "$long" group import --archive "$A" "$T/box"
	if [ "$status" = 137 ]; then
		killed=$((killed + 1))
	elif [ "$status" != 0 ]; then
		wrong "$shown: exit status $status: $(head -c 300 "$err" | tr '\n' ';')"
	fi
	same "$shown: mail.db" "$(sql mail.db 'PRAGMA integrity_check')" ok
	if [ $((n % 4)) = 0 ]; then
		rm -rf "$A"
		cp -a "$T/before" "$A"
	fi
done
at_least "killed" "$killed" 1
run 0 '*' import --archive "$A" "$T/box"
all_there "$letters" "$letters" "$letters"
end

# one delivery after another is killed while others go on undisturbed
begin "killed beside others"
run 0 '' init "$A"
mail "$T/a.eml" first
long=$(seconds alone deliver --archive "$A" <"$T/a.eml")
quiet() {
	_n=0
	while [ $((_n += 1)) -le "$(either 10 60)" ]; do
		mail "$T/quiet$1.eml" "quiet-$1-$_n"
		alone deliver --archive "$A" <"$T/quiet$1.eml" >"$T/quiet$1.out" 2>&1 || wrong "the undisturbed one: exit status $?: $(head -c 300 "$T/quiet$1.out" | tr '\n' ';')"
	done
}
quiet 1 &
quiet 2 &
n=0 sent=1 repeated=0
while [ $((n += 1)) -le "$(either 12 80)" ]; do
	mail "$T/a.eml" "killed-$n"
	killed_at "$long" group deliver --archive "$A" <"$T/a.eml"
	sent=$((sent + 1))
	case $status in
	0) ;;
	137)
		repeated=$((repeated + 1))
		alone deliver --archive "$A" <"$T/a.eml" >"$out" 2>"$err" || wrong "$shown: delivered again: exit status $?: $(head -c 300 "$err" | tr '\n' ';')"
		;;
	*) wrong "$shown: exit status $status: $(head -c 300 "$err" | tr '\n' ';')" ;;
	esac
done
wait
sent=$((sent + 2 * $(either 10 60)))
all_there "$sent" "$sent" $((sent + repeated))
end
