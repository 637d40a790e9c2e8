# The letters in the fixtures here, byte for byte, as FOLDER/1.eml to 4.eml; the last is longer than a MiB. For a shell with tests/cli/lib.sh.
old_letters() { # FOLDER
	letter "$1/1.eml" 1 'The cranes' 'The gantry cranes are older than I am.'
	letter "$1/2.eml" 2 'Silt' 'When does the dredging begin?' 'From: Bo Example <bo@example.com>'
	letter "$1/3.eml" 3 'Re: Silt' 'Next week, with 淤积 and Verschlickung.' 'References: <letter-2@example.net>' 'From: Cy Example <cy@example.org>'
	{
		printf 'From: Ada Example <ada@example.net>\nDate: Tue, 12 Feb 2019 08:04:00 +0000\nTo: <harbour@example.org>\nSubject: A long one\n'
		printf 'Message-ID: <letter-4@example.net>\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="line"\n\n--line\nContent-Type: text/plain\n\n'
		printf 'There is lifting gear on the quay wall, and a hook.\n--line\nContent-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n\n'
		perl -e 'print "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n" x 25000'
		printf -- '--line--\n'
	} >"$1/4.eml"
}
