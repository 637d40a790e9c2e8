#include <stdio.h>
#include <unistd.h>

#include "cmd/app.h"

struct progress {
	const char *what;
	gboolean shown;
	gint64 begin, next; /* monotonic microseconds */
};

struct progress *
progress_new(const struct app *app, const char *what)
{
	struct progress *progress = g_new0(struct progress, 1);

	progress->what = what;
	progress->begin = g_get_monotonic_time();
	progress->next = app->level >= LOG_NORMAL && isatty(STDERR_FILENO) ? progress->begin : G_MAXINT64;
	return progress;
}

void
progress_show(struct progress *progress, gint64 done, gint64 total, const char *unit)
{
	gint64 now = g_get_monotonic_time();
	char bar[21] = "....................";

	if (now < progress->next)
		return;
	progress->next = now + G_USEC_PER_SEC / 10;
	progress->shown = TRUE;
	if (total > 0) {
		for (int i = 0; i < 20 && i < done * 20 / total; i++)
			bar[i] = '#';
		fprintf(stderr, "\r\033[K%s [%s] %3d%% %'" G_GINT64_FORMAT " of %'" G_GINT64_FORMAT " %s", progress->what, bar, (int)(done * 100 / total), done,
		    total, unit);
	} else
		fprintf(stderr, "\r\033[K%s %'" G_GINT64_FORMAT " %s", progress->what, done, unit);
	fflush(stderr);
}

void
progress_entries(gpointer data, gint64 seq, gint64 last)
{
	progress_show(data, seq, last, "entries");
}

void
progress_free(struct progress *progress)
{
	if (progress == NULL)
		return;
	if (progress->shown)
		fputs("\r\033[K", stderr);
	g_free(progress);
}
