#!/bin/sh
# The configuration: where it is looked for, what it may say, and that whoever reads it says what is wrong in one line and exits 78.
srcdir=${srcdir:-.}
. "$srcdir/tests/cli/lib.sh"
plan 12

# refused LINE PATTERN: the configuration in $T/a.conf is refused with its place, in one line, by a command that reads and one that writes
refused() {
	config=$T/a.conf
	run 78 "a\.conf:$1:[0-9]+: " query
	out_empty
	err_lines 1
	err_has "$2"
	run 78 "a\.conf:$1:[0-9]+: " init
	run 78 "a\.conf:$1:[0-9]+: " status --archive "$A"
}

# a key that is none is refused: a typo must not leave a setting silently undone; the nearest key is named
begin "unknown key"
printf '[archive]\nfolder = archive\nfodler = x\n' >"$T/a.conf"
refused 3 'folder'
printf '[archive]\nsppol = x\n' >"$T/a.conf"
refused 2 'spool'
[ ! -e "$A" ] || wrong "init made an archive"
end

begin "unknown section"
printf '[archive]\nfolder = archive\n\n[archvie]\nfolder = x\n' >"$T/a.conf"
refused 4 'archive'
end

begin "a line that is no entry"
printf '[archive]\nfolder archive\n' >"$T/a.conf"
refused 2 '='
printf 'folder = archive\n' >"$T/a.conf"
refused 1 'section|\[archive\]'
printf '[archive\nfolder = archive\n' >"$T/a.conf"
refused 1 '\]'
end

begin "values that cannot be"
printf '[archive]\nfolder = archive\ntimezone = Europe/Atlantis\n' >"$T/a.conf"
refused 3 'Europe/Atlantis'
printf '[archive]\nfolder = archive\nfolder = another\n' >"$T/a.conf"
refused 3 'twice|already'
printf '[archive]\nfolder =\n' >"$T/a.conf"
refused 2 'folder|value'
end

begin "bytes that are no text"
printf '[archive]\nfolder = arch\377ive\n' >"$T/a.conf"
refused 2 'UTF-8'
printf '[archive]\nfolder = arch\0ive\n' >"$T/a.conf"
config=$T/a.conf
run 78 'a\.conf' query
err_lines 1
printf '[archive]\nfol\033[31mder = x\n' >"$T/a.conf"
run 78 'a\.conf:2:' query
end

# a configuration that was named and is not there is not the same as none
begin "a named file that is missing"
config=$T/absent.conf
run 78 'absent\.conf' query
err_lines 1
config=
run 78 'other\.conf' query --config "$T/other.conf"
run 78 'other\.conf' -C "$T/other.conf" query
mkdir "$T/folder.conf"
run 78 'folder\.conf' query --config "$T/folder.conf"
end

# --config, then $POSTBAG_CONFIG, then $XDG_CONFIG_HOME/postbag/postbag.conf: the first that is there is the only one
begin "the order of search"
for place in option variable xdg person; do
	run 0 '' init "$T/$place-archive"
	folder=$T/$place/postbag
	[ $place != person ] || folder=$T/$place/.config/postbag
	mkdir -p "$folder"
	printf '[archive]\nfolder = %s\n' "$T/$place-archive" >"$folder/postbag.conf"
done
bare() { env -i PATH="$PATH" TMPDIR="$T/tmp" POSTBAG_NOW="$now" ${ASAN_OPTIONS+"ASAN_OPTIONS=$ASAN_OPTIONS"} ${LSAN_OPTIONS+"LSAN_OPTIONS=$LSAN_OPTIONS"} "$@" "$POSTBAG" status $more; }
shown='postbag status'
more="--config $T/option/postbag/postbag.conf"
watch 0 '' bare POSTBAG_CONFIG="$T/variable/postbag/postbag.conf" XDG_CONFIG_HOME="$T/xdg"
out_has 'option-archive'
more=
watch 0 '' bare POSTBAG_CONFIG="$T/variable/postbag/postbag.conf" XDG_CONFIG_HOME="$T/xdg"
out_has 'variable-archive'
watch 0 '' bare XDG_CONFIG_HOME="$T/xdg"
out_has 'xdg-archive'
watch 0 '' bare HOME="$T/person"
out_has 'person-archive'
watch 0 '' bare HOME="$T/person" XDG_CONFIG_HOME="$T/xdg"
out_has 'xdg-archive'
end

# relative paths count from the configuration's folder, wherever the mail server starts the program
begin "relative paths"
harbour_rules "$T/harbour.rules"
printf '[archive]\nfolder = archive\nrules = harbour.rules\n' >"$T/a.conf"
config=$T/a.conf
run 0 '' init
[ -s "$A/mail.db" ] || wrong "the archive is elsewhere"
letter "$T/a.eml" 1 Cranes 'The gantry crane squeaks.'
run 0 '' deliver <"$T/a.eml"
run 0 '' query --count topic:quay.crane
out_is 1
end

# --archive wins over the configuration
begin "--archive wins"
printf '[archive]\nfolder = first\n' >"$T/a.conf"
config=$T/a.conf
run 0 '' init
run 0 '' init --archive "$T/second"
letter "$T/a.eml" 1 Hello 'The first one.'
run 0 '' deliver --archive "$T/second" <"$T/a.eml"
run 0 '' query --count
out_is 0
run 0 '' --archive "$T/second" query --count
out_is 1
end

# what is set shows: the title heads the digest, the zone cuts the days; comments, continued lines and CRLF are allowed
begin "what is set shows"
harbour_rules "$T/harbour.rules"
printf '# a comment\r\n[archive]\r\nfolder = archive\r\ntitle = Harbour\r\n  input\r\ntimezone = Europe/Berlin\r\nrules = harbour.rules\r\n' >"$T/a.conf"
config=$T/a.conf
run 0 '' init
letter "$T/a.eml" 1 Hello 'The first one.'
now=1549929599
run 0 '' deliver <"$T/a.eml"
now=1550048400
run 0 '' digest --daily=2019-02-12
out_has 'Harbour input'
out_has 'received 1 ='
run 0 '' digest --daily=2019-02-12 --timezone UTC
out_has '[Nn]othing received'
end

# an empty configuration is one that says nothing
begin "nothing in it"
: >"$T/a.conf"
config=$T/a.conf
run 64 '--archive' query
run 0 '' init "$A"
run 0 '' query --archive "$A" --count
end

# a slip in what goes out keeps no mail out, wherever in those sections it is; who sends and who looks is told where
begin "mail comes in all the same"
printf '[archive]\nfolder = archive\n' >"$T/good.conf"
config=$T/good.conf
run 0 '*' init
config=$T/a.conf
n=0
for slip in 'staff]\nto = ann@@example.org' 'staff]\nto = ann@example.org\ndialy = 07:00' 'staff]\nwithout an operator' 'staff]\ntitle = Stra\377e' 'staff]\ntitle = a\033b' \
	'staff\nto = ann@example.org' 'staff]\n = x\n  and on' 'St\303\244ff]' 'st\377ff]' 'staff]\n[subscripton b]\nto = c' 'staff]\n[mail]\nserver = nowhere\nfolder = x' 'staff]\n[query]\nquery = is:(' \
	'staff]\n[ query x\nfolder = elsewhere'; do
	printf '[archive]\nfolder = archive\n[subscription '"$slip"'\n' >"$T/a.conf"
	for command in check status 'digest --due'; do
		# shellcheck disable=SC2086
		run 78 'a\.conf:[0-9]+:[0-9]+: ' $command
	done
	n=$((n + 1))
	letter "$T/letter.eml" "$n" Cranes 'The gantry crane squeaks.'
	run 0 '' deliver <"$T/letter.eml"
	run 0 '' sweep
	same "letters with: $slip" "$(contents)" "$n"
done
# but what mail depends on is as strict as ever, behind such a section too
for slip in '[archvie]' '[archive]\nfodler = x' '[sweep]\nfoldr = x' '[sweep\nfolder = failed' '[sweep]\nfolder = a\377' '[lmtp]\nx'; do
	printf '[archive]\nfolder = archive\n[subscription x]\ny\n'"$slip"'\n' >"$T/a.conf"
	run 75 'a\.conf:[5-6]:[0-9]+: ' deliver </dev/null
done
end
