#!/bin/sh
# Two taxonomies, one following the other: which of them files a message is decided by its date, and maps lead from one to the other.
srcdir=${srcdir:-.}
. "$srcdir/tests/cli/lib.sh"
plan 6

# the old survey has lines and hours; the new one has routes, which maps to lines, and times, which maps to nothing
taxonomies() {
	cat >"$T/old.rules" <<'RULES'
[taxonomy survey-2017]
title = The old survey
since = 2017-01-01

[workstream lines]
title = Lines
keyword = tramway

[topic lines.depot]
title = The depot
keyword = tram depot

[topic lines.bell]
title = The bell
keyword = ring the bell
maps = times.signals

[workstream hours]
title = Hours
keyword = opening hour
RULES
	cat >"$T/new.rules" <<'RULES'
[taxonomy survey-2018]
title = The new survey
since = 2018-09-01
follows = survey-2017

[workstream routes]
title = Routes
maps = lines
keyword = trolley route

[topic routes.garage]
title = The garage
maps = lines.depot
keyword = trolley garage

[workstream times]
title = Times
keyword = timetable

[topic times.signals]
title = Signals
keyword = whistle
RULES
}
# filed FILE WORKSTREAMS TOPICS SUGGESTED
filed() {
	run 0 '' classify --rules "$T/new.rules" --rules "$T/old.rules" --format json "$1"
	json_is 'map { join(",", sort @$_) || "-" } @{$_}{qw(workstreams topics suggested)}' "$2 $3 $4"
}
dated() { # FILE DATE BODY
	letter "$1" 1 'Letter' "$3" "Date: $2"
}

# before the new survey began, both file; from its first day on only the new one
begin "the date decides"
taxonomies
dated "$T/2017.eml" 'Mon, 15 May 2017 10:00:00 +0000' 'The tramway, and its opening hours.'
dated "$T/2019.eml" 'Tue, 12 Feb 2019 10:00:00 +0000' 'The tramway, and its opening hours.'
filed "$T/2017.eml" hours,lines - -
filed "$T/2019.eml" - - -
dated "$T/both.eml" 'Mon, 15 May 2017 10:00:00 +0000' 'The timetable and the opening hours.'
filed "$T/both.eml" hours,times - -
end

# the boundary is a civil day in UTC
begin "the day of the change"
taxonomies
dated "$T/before.eml" 'Fri, 31 Aug 2018 23:59:59 +0000' 'Opening hours.'
dated "$T/after.eml" 'Sat, 01 Sep 2018 00:00:00 +0000' 'Opening hours.'
dated "$T/west.eml" 'Fri, 31 Aug 2018 20:00:00 -0500' 'Opening hours.'
filed "$T/before.eml" hours - -
filed "$T/after.eml" - - -
filed "$T/west.eml" - - -
end

# maps: a workstream to a workstream at the same tier, everything else suggested; only where the other taxonomy files the message
begin "maps"
taxonomies
dated "$T/ws2017.eml" 'Mon, 15 May 2017 10:00:00 +0000' 'A trolley route.'
dated "$T/ws2019.eml" 'Tue, 12 Feb 2019 10:00:00 +0000' 'A trolley route.'
dated "$T/topic2017.eml" 'Mon, 15 May 2017 10:00:00 +0000' 'The trolley garage.'
dated "$T/topic2019.eml" 'Tue, 12 Feb 2019 10:00:00 +0000' 'The trolley garage.'
dated "$T/back2017.eml" 'Mon, 15 May 2017 10:00:00 +0000' 'Ring the bell.'
filed "$T/ws2017.eml" lines,routes - -
filed "$T/ws2019.eml" routes - -
filed "$T/topic2017.eml" lines,routes lines.depot,routes.garage lines.depot
filed "$T/topic2019.eml" routes routes.garage -
filed "$T/back2017.eml" lines,times lines.bell,times.signals times.signals
run 0 '' classify --rules "$T/new.rules" --rules "$T/old.rules" --format json "$T/ws2017.eml"
json_is 'map { $_->{for} } grep { $_->{for} eq "lines" } @{$_->{evidence}}' lines
end

# the order in which the files are named says nothing: follows does
begin "the order of the files"
taxonomies
dated "$T/2019.eml" 'Tue, 12 Feb 2019 10:00:00 +0000' 'A trolley route past the tramway.'
run 0 '' classify --rules "$T/old.rules" --rules "$T/new.rules" --format json "$T/2019.eml"
json_is '@{$_->{workstreams}}' routes
run 0 '' classify --rules "$T/new.rules" --rules "$T/old.rules" --format json "$T/2019.eml"
json_is '@{$_->{workstreams}}' routes
# a followed taxonomy alone is current itself
run 0 '' classify --rules "$T/old.rules" --format json "$T/2019.eml"
json_is '@{$_->{workstreams}}' lines
end

# in the archive: an import of old mail beside new
begin "in the archive"
taxonomies
run 0 '' init "$A" --rules "$T/new.rules" --rules "$T/old.rules"
letter "$T/a.eml" 1 'Old' 'The tramway.' 'Date: Mon, 15 May 2017 10:00:00 +0000'
letter "$T/b.eml" 2 'New' 'The tramway and a trolley route.'
run 0 '' import --archive "$A" "$T/a.eml" "$T/b.eml"
run 0 '' query --archive "$A" --count ws:lines
out_is 1
run 0 '' query --archive "$A" --count ws:routes
out_is 1
run 0 '' query --archive "$A" --count 'ws:lines date:2017'
out_is 1
run 0 '' digest --archive "$A" --since 2017-01-01
out_has 'received 2 ='
end

# the shipped pair, on the shipped samples
begin "the shipped pair"
run 0 '' classify --rules "$srcdir/filters/ssr2-2018.rules" --rules "$srcdir/filters/ssr2-2017.rules" --format json $(sample_files)
json 'my $row = $_; map { "$row->{file} $_" } grep { /^area/ } @{$row->{workstreams}}' | sed 's|.*/||' >"$T/old"
at_least "filed under the areas of 2017" "$(wc -l <"$T/old")" 1
for name in $(cut -d' ' -f1 "$T/old" | sort -u); do # the change was on 30 August 2018
	[ "$(date -u -d "$(sed -n 's/^Date: //p' "$srcdir/contrib/samples/$name" | head -n 1)" +%Y%m%d)" -lt 20180830 ] || wrong "$name is not of the time before"
done
end
