#include "base/site-milestone.h"

void
site_milestone_free(struct site_milestone *milestone)
{
	g_free(milestone->id);
	g_free(milestone->title);
	g_free(milestone);
}
