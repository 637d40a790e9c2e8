#!/bin/sh
# A disk that fills up while mail comes in, with blocks of 4 KiB, of 1 KiB (where a shared page of the log's index may have no block to go to, which is
# a signal) and in memory: what is answered with 0 is kept, everything else is "try again", and with room everything goes on.

srcdir=${srcdir:-.}
. "$srcdir/tests/faults/lib.sh"
private_mounts "$0"
need_ext4
plan 6

# This program's sanitizer catches the signal before the program does: its own answer is made the same, and any other report than of this signal is a fault.
if sanitized; then
	ASAN_OPTIONS="$ASAN_OPTIONS:exitcode=75"
	export ASAN_OPTIONS
fi

fill() { # FIRST LAST BYTES ATTEMPTS: delivers until ATTEMPTS in a row were refused
	_n=$1 _refused=0
	while [ "$_n" -le "$2" ] && [ "$_refused" -lt "$4" ]; do
		mail "$T/$_n.eml" "full-$_n" "$3"
		alone deliver --archive "$A" <"$T/$_n.eml" >"$out" 2>"$err"
		status=$?
		case $status in
		0)
			echo "full-$_n" >>"$T/acknowledged"
			_refused=0
			rm "$T/$_n.eml"
			;;
		75)
			echo "$_n" >>"$T/refused"
			_refused=$((_refused + 1))
			;;
		*) wrong "number $_n: exit status $status: $(head -c 300 "$err" | tr '\n' ';')" ;;
		esac
		! grep 'AddressSanitizer\|runtime error' "$err" | grep -v 'AddressSanitizer: BUS\|SUMMARY\|DEADLYSIGNAL\|can not provide additional' | grep -q . ||
			wrong "number $_n: $(head -c 600 "$err" | tr '\n' ';')"
		_n=$((_n + 1))
	done
	last=$((_n - 1))
}

acknowledged_kept() { # WHEN
	sort -u "$T/acknowledged" >"$T/sorted"
	kept_keys "$T/kept" "$spool"
	comm -23 "$T/sorted" "$T/kept" >"$T/lost"
	[ ! -s "$T/lost" ] || wrong "$1: answered with 0 and lost: $(head -n 5 "$T/lost" | tr '\n' ' ')$(head -n 2 "$root/unshown" | tr '\n' ';')"
}

# The disk is full: look; make room; deliver again what was refused.
go_on() {
	at_least "acknowledged" "$(wc -l <"$T/acknowledged")" 5
	at_least "refused" "$(wc -l <"$T/refused")" 3
	rm "$disk/ballast" # reading needs a little room too, for the log's index
	acknowledged_kept "when full"
	while read -r n; do
		run 0 '*' deliver --archive "$A" <"$T/$n.eml"
		echo "full-$n" >>"$T/acknowledged"
	done <"$T/refused"
	acknowledged_kept "with room"
	run 0 '*' sweep --archive "$A"
	same "left in the spool" "$(spooled)" 0
	n=$(deliveries)
	check_archive $((last + 1)) "$n"
	at_least "deliveries" "$n" $((last + 1))
	note "$_title: $last sent, $(sort -u "$T/refused" | wc -l) refused at first, $((n - last - 1)) of these kept all the same, 0 lost"
}

# ballast FREE: what is left on the disk is so many bytes
ballast() { head -c $(($(df --output=avail -B1 "$disk" | tail -n 1) - $1)) /dev/zero >"$disk/ballast"; }

filled() { # BYTES
	run 0 '' init "$A"
	mail "$T/first.eml" first
	deliver "$T/first.eml"
	ballast 2000000
	: >"$T/acknowledged"
	: >"$T/refused"
	# several times: a disk is fullest after small messages have filled what large ones left
	fill 1 400 "$1" 3
	fill $((last + 1)) $((last + 60)) 2000 4
	fill $((last + 1)) $((last + 60)) 0 8
}

# ext4 with blocks of 4 KiB keeps 4 MiB for its journal
for block in 4096 1024; do
	begin "ext4 with blocks of $block bytes"
	disk=$T/disk A=$disk/archive spool=$A/spool
	ext4 "$T/disk.img" "$disk" $([ $block = 4096 ] && echo 12M || echo 8M) $block
	filled 20000
	go_on
	detach "$disk"
	end
done

begin "a disk in memory"
disk=$T/disk A=$disk/archive spool=$A/spool
mkdir "$disk"
mount -t tmpfs -o size=8m,mode=755 none "$disk" && mounted="$disk $mounted"
filled 20000
go_on
detach "$disk"
end

# the log's index at its smallest: a new one with every blocked page, on a disk of small blocks that is full to the last
begin "ext4 with blocks of 1024 bytes, full to the last, the log's index gone"
disk=$T/disk A=$disk/archive spool=$A/spool
ext4 "$T/disk.img" "$disk" 8M 1024
filled 20000
rounds=0
while [ $((rounds += 1)) -le "$(either 3 30)" ]; do
	rm -f "$A"/*-shm
	head -c 8000000 /dev/zero >"$disk/rest" 2>/dev/null
	truncate -s "-$((rounds * 3 % 16))K" "$disk/rest"
	fill $((last + 1)) $((last + 2)) 1000 2
done
rm -f "$disk/rest"
go_on
detach "$disk"
end

# with the spool elsewhere nobody is asked to try again, but where the signal ends the delivery
for block in 4096 1024; do
	begin "a spool on another disk, blocks of $block bytes"
	disk=$T/disk A=$disk/archive spool=$T/second
	ext4 "$T/disk.img" "$disk" $([ $block = 4096 ] && echo 12M || echo 8M) $block
	printf '[archive]\nfolder = %s\nspool = %s\n' "$A" "$spool" >"$T/a.conf"
	config=$T/a.conf
	run 0 '' init "$A"
	mail "$T/first.eml" first
	run 0 '' deliver <"$T/first.eml"
	ballast 1500000
	: >"$T/acknowledged"
	: >"$T/refused"
	fill 1 45 25000 100
	same "refused" "$(cat "$T/refused")" ''
	in_spool=$(find "$spool/new" -type f 2>/dev/null | wc -l)
	at_least "in the spool" "$in_spool" 10
	rm "$disk/ballast"
	acknowledged_kept "when full"
	run 0 '*' sweep
	while read -r n; do run 0 '' deliver <"$T/$n.eml"; done <"$T/refused"
	same "left in the spool" "$(find "$spool/new" -type f 2>/dev/null | wc -l)" 0
	note "$_title: $last sent, $(wc -l <"$T/refused") refused at first, $in_spool in the spool, 0 lost"
	check_archive $((last + 1)) "$(deliveries)"
	config=
	detach "$disk"
	end
done
