/* What `postbag rules diff` and `reclassify --dry-run` say: a line for each message that would move, and what it comes to. Callers free. */
#ifndef REPORT_PRINT_MOVES_H
#define REPORT_PRINT_MOVES_H

#include "intake/moves.h"

/* One line each, its end included: "ID  -gone +come +suggested* stays:firm>suggested  kind:input>auto  SUBJECT". */
char *move_print_text(const struct move *move);
char *move_print_json(const struct move *move);
/* A line for each change: id, subject, type, target, from, to. */
#define MOVE_CSV_HEAD "id,subject,type,target,from,to\r\n"
char *move_print_csv(const struct move *move);

char *moves_print_text(const struct moves *moves);
char *moves_print_json(const struct moves *moves);

#endif
