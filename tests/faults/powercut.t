#!/bin/sh
# Power cuts: the archive is on an ext4 file system in a file, deliveries run, and at a random moment the file system is shut down so that what was not
# synced never reaches the file. Mounted again, every message that was answered with 0 must be there, in the archive or in the spool, and everything whole.
# The control runs the same with a library that makes every sync do nothing: if that loses nothing, this test could not notice anything, and fails.

srcdir=${srcdir:-.}
. "$srcdir/tests/faults/lib.sh"
private_mounts "$0"
need_ext4
shutdown=$helper_programs/shutdown
[ -x "$shutdown" ] || bail "no $shutdown: make check-build"
plan 7

runs=$(either 3 55) # of each way

eatmydata=
for file in /usr/lib/*/libeatmydata.so /usr/lib/libeatmydata.so /usr/lib64/libeatmydata.so; do
	[ ! -e "$file" ] || eatmydata=$file
done

begun=   # a function that says whether what a power cut is to hit has begun
preload= # for deliveries, in the control
deliver_one() { # FILE
	env -i PATH="$PATH" HOME="$T/home" TMPDIR="$T/tmp" POSTBAG_NOW="$now" POSTBAG_CONFIG="$config" LSAN_OPTIONS="$LSAN_OPTIONS" \
		ASAN_OPTIONS="$ASAN_OPTIONS${preload:+:verify_asan_link_order=0}" ${preload:+"LD_PRELOAD=$preload"} "$POSTBAG" deliver --archive "$A" <"$1" >"$T/out.$2" 2>&1
}

# deliverer WHO: delivers one message after another until the power is cut; keys answered with 0 go into $T/acknowledged
deliverer() {
	_n=0
	while [ ! -e "$T/cut" ] && [ $((_n += 1)) -le 2000 ]; do
		mail "$T/$1.eml" "$run-$1-$_n" "$bytes"
		deliver_one "$T/$1.eml" "$1"
		_status=$?
		case $_status in
		0) echo "$run-$1-$_n" >>"$T/acknowledged" ;;
		75) ;;
		*) wrong "run $run: deliver: exit status $_status: $(head -c 300 "$T/out.$1" | tr '\n' ';')" ;;
		esac
	done
}

sweeper() {
	while [ ! -e "$T/cut" ]; do
		alone sweep --archive "$A" >"$T/out.sweep" 2>&1
		_status=$?
		[ "$_status" = 0 ] || { [ "$_status" -ge 64 ] && [ "$_status" -le 78 ]; } || wrong "run $run: sweep: exit status $_status: $(head -c 300 "$T/out.sweep" | tr '\n' ';')"
	done
}

# The archive and, with a second file system, the spool of the configuration, as they are before each run; made on disk by unmounting.
prepare() { # SPOOL-ELSEWHERE
	elsewhere=$1
	disk=$T/disk second=$T/second
	A=$disk/archive spool=$A/spool
	config=$root/none.conf
	ext4 "$T/disk.img" "$disk" 24M 4096
	run 0 '' init "$A"
	mail "$T/first.eml" first
	deliver "$T/first.eml"
	if [ -n "$elsewhere" ]; then
		ext4 "$T/second.img" "$second" 16M 4096
		config=$T/elsewhere.conf spool=$second/spool
		printf '[archive]\nfolder = %s\nspool = %s\n' "$A" "$spool" >"$config"
		detach "$second"
		cp --sparse=always "$T/second.img" "$T/second.before"
	fi
}

prepared() {
	detach "$disk"
	cp --sparse=always "$T/disk.img" "$T/disk.before"
}

# What is missing of what was acknowledged goes into $T/lost.
look() {
	kept_keys "$T/kept" "$spool"
	sort "$T/before" >"$T/sorted"
	comm -23 "$T/sorted" "$T/kept" >"$T/lost"
	sort "$T/acknowledged" | comm -23 - "$T/sorted" >"$T/unheard"
	unheard=$((unheard + $(wc -l <"$T/unheard"))) unheard_lost=$((unheard_lost + $(comm -23 "$T/unheard" "$T/kept" | wc -l)))
}

# Nothing is missing, everything is whole, and sweep brings all together.
check_after() {
	look
	[ ! -s "$T/lost" ] || wrong "run $run: answered with 0 and lost: $(head -n 5 "$T/lost" | tr '\n' ' ')$(head -n 2 "$root/unshown" | tr '\n' ';')"
	same "run $run: mail.db" "$(sql mail.db 'PRAGMA integrity_check' | head -n 3)" ok
	run 0 '*' sweep --archive "$A"
	same "run $run: left in the spool" "$(find "$spool/new" -type f 2>/dev/null | wc -l)" 0
	check_archive "$(sort -u "$T/kept" | wc -l)" "$(deliveries)"
}

# cuts RUNS DELIVERERS BESIDE AFTER: power cuts with so many deliverers at once, while the function BESIDE runs too; AFTER looks at what is left.
acknowledged=0 lost=0
cuts() {
	run=0 acknowledged=0 lost=0 unheard=0 unheard_lost=0
	while [ $((run += 1)) -le "$1" ]; do
		cp --sparse=always "$T/disk.before" "$T/disk.img" && attach "$T/disk.img" "$disk" || return
		if [ -n "$elsewhere" ]; then cp --sparse=always "$T/second.before" "$T/second.img" && attach "$T/second.img" "$second" || return; fi
		cp "$T/kept.before" "$T/acknowledged"
		rm -f "$T/cut"
		_who=0
		while [ $((_who += 1)) -le "$2" ]; do deliverer $_who & done
		"$3" &
		# until something was answered, and then for a random while
		_tries=0
		until { [ "$(wc -l <"$T/acknowledged")" -gt "$(wc -l <"$T/kept.before")" ] && "${begun:-true}"; } || [ $((_tries += 1)) -gt 200 ]; do sleep 0.05; done
		sleep "$(perl -e 'printf "%.3f", rand 0.3')"
		# What is answered while the power goes, nobody hears. Nor is it true: a sync that began with power and ended without may return 0 here, with
		# the data lost (the journal's transaction is gone when ext4 looks for it).
		_heard=$("$shutdown" "$T/acknowledged" "$disk" ${elsewhere:+"$second"} 2>>"$diagnosis")
		: >"$T/cut"
		head -c "${_heard:-0}" "$T/acknowledged" >"$T/before"
		wait
		detach "$disk" && attach "$T/disk.img" "$disk" || return
		if [ -n "$elsewhere" ]; then detach "$second" && attach "$T/second.img" "$second" || return; fi
		"$4"
		acknowledged=$((acknowledged + $(wc -l <"$T/before") - $(wc -l <"$T/kept.before"))) lost=$((lost + $(wc -l <"$T/lost")))
		detach "$disk" || return
		if [ -n "$elsewhere" ]; then detach "$second" || return; fi
	done
	note "$_title: $1 power cuts, $acknowledged acknowledged, $lost lost; $unheard answered while the power went, $unheard_lost of these lost"
	at_least "acknowledged in all runs" "$acknowledged" "$1"
}

emptied_archive() { # mail.db takes nothing, so that everything goes into the spool
	sql mail.db 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
	rm -f "$A"/mail.db-*
	cp "$A/mail.db" "$T/mail.db"
	: >"$A/mail.db"
}
mend_archive() { cp "$T/mail.db" "$A/mail.db"; }

# short letters, one after another
begin "one after another"
bytes=0
prepare ''
prepared
echo first >"$T/kept.before"
cuts "$runs" 1 true check_after
end

# long letters by three at once: the log is copied into mail.db again and again
begin "three at once, with checkpoints"
bytes=60000
prepare ''
prepared
echo first >"$T/kept.before"
cuts "$runs" 3 true check_after
end

# the spool is on the same disk, and sweep takes in what lies in it and what comes
begin "a spool that is being swept"
bytes=2000
prepare ''
emptied_archive
{
	echo first
	n=0
	while [ $((n += 1)) -le 12 ]; do
		mail "$T/s.eml" "spooled-$n" 2000
		run 0 spool deliver --archive "$A" <"$T/s.eml"
		echo "spooled-$n"
	done
} >"$T/kept.before"
mend_archive
prepared
cuts "$runs" 1 sweeper check_after
end

# mail.db can take nothing, and the spool is on another disk, whose power goes too
begin "a spool on another disk"
bytes=2000
prepare elsewhere
emptied_archive
: >"$T/kept.before"
prepared
mend_and_check() {
	mend_archive
	check_after
}
cuts "$runs" 2 true mend_and_check
end

# older letters go into blocks while others come: what was packed when the power went is there too, in one place
begin "an archive that is being packed"
bytes=60000
prepare ''
{
	echo first
	n=0
	while [ $((n += 1)) -le 45 ]; do
		mail "$T/s.eml" "older-$n" 60000
		deliver "$T/s.eml"
		echo "older-$n"
	done
} >"$T/kept.before"
prepared
packer() {
	while [ ! -e "$T/cut" ]; do
		env -i PATH="$PATH" HOME="$T/home" TMPDIR="$T/tmp" POSTBAG_NOW=$((now + 86400)) POSTBAG_CONFIG="$config" LSAN_OPTIONS="$LSAN_OPTIONS" ASAN_OPTIONS="$ASAN_OPTIONS" \
			"$POSTBAG" pack --archive "$A" --older-than 1h >"$T/out.pack" 2>&1
		_status=$?
		[ "$_status" = 0 ] || { [ "$_status" -ge 64 ] && [ "$_status" -le 78 ]; } || wrong "run $run: pack: exit status $_status: $(head -c 300 "$T/out.pack" | tr '\n' ';')"
	done
}
packed=0
begun() { [ "$(sql mail.db 'SELECT count(*) FROM block')" -gt 0 ]; } # and the next one is under way
begun=begun
check_packed() {
	packed=$((packed + $(sql mail.db 'SELECT count(*) FROM block')))
	same "run $run: messages without bytes" "$(sql mail.db 'SELECT count(*) FROM content WHERE raw IS NULL AND block IS NULL')" 0
	check_after
	run 0 '*' check --archive "$A"
}
cuts "$runs" 1 packer check_packed
note "$packed blocks after all cuts"
at_least "blocks seen after power cuts" "$packed" "$runs"
begun=
end

# control CUTS...: with syncs that do nothing, these cuts must lose mail
control() {
	if [ -z "$eatmydata" ]; then
		skip "no libeatmydata.so (package libeatmydata1): without a control nobody knows whether this test could notice a loss"
		return
	fi
	preload=$eatmydata
	cuts "$@"
	preload=
	[ "$lost" -gt 0 ] || wrong "the control lost nothing: this test would not notice"
	end
}

begin "control: an archive without syncs loses mail"
bytes=0
prepare ''
prepared
echo first >"$T/kept.before"
control "$(either 2 10)" 1 true look

begin "control: a spool without syncs loses mail"
bytes=2000
prepare elsewhere
emptied_archive
: >"$T/kept.before"
prepared
mend_and_look() {
	mend_archive
	look
}
control "$(either 2 10)" 1 true mend_and_look
