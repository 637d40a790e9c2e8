/*
 * A record as bytes, between two processes of one machine and one program, and in the index (whose version changes with them). One byte says what they are;
 * then follow the fields in the order in which record-bytes.c writes them: a number as a little-endian base 128 varint, shortest form; one with a sign
 * zigzagged before that (0, -1, 1, -2, ...); a string as its length and one (0: NULL), its bytes, and a NUL, so that it can be used where it stands; an array
 * as its count and its elements. The counts of a whole record's arrays stand together at its front: what they take is allocated at once.
 */
#ifndef BASE_RECORD_PRIVATE_H
#define BASE_RECORD_PRIVATE_H

#include "base/record.h"

enum record_form { FORM_RECORD = 'r', FORM_SAID = 's', FORM_PASSAGES = 'p' };

enum record_array { ARRAY_REFERENCES, ARRAY_ADDRESSES, ARRAY_PARTS, ARRAY_PASSAGES, ARRAY_FILINGS, ARRAY_EVIDENCE, ARRAY_REMARKS, ARRAY_HEADERS, N_ARRAYS };

/* RECORD's arrays in that order. */
static inline GPtrArray **
record_array_at(struct record *record, enum record_array array)
{
	GPtrArray **const arrays[] = {&record->references, &record->addresses, &record->parts, &record->passages, &record->filings, &record->evidence,
	    &record->remarks, &record->headers};

	return arrays[array];
}

#endif
