#include "report/suppressed.h"

static bool is_there(const char *s)
{
	return s != NULL && s[0] != '\0';
}

static int put_what(const struct scan_suppressed *s, struct buf *buf)
{
	if (s->by == SCAN_BY_EXCEPTION)
		return buf_printf(buf, NULL, "excepted%s%s", is_there(s->until) ? " until " : "",
				  is_there(s->until) ? s->until : "");
	if (s->by == SCAN_BY_STATE)
		return buf_printf(buf, NULL, "%s", s->status);
	return buf_printf(buf, NULL, "VEX: %s%s%s", s->status == NULL ? "" : s->status,
			  is_there(s->justification) ? ", " : "",
			  is_there(s->justification) ? s->justification : "");
}

static int put_source(const struct scan_suppressed *s, struct buf *buf)
{
	char line[16] = "";
	bool named = is_there(s->author), filed = is_there(s->file);
	if (!named && !filed)
		return 0;
	if (filed && s->line > 0)
		(void)snprintf(line, sizeof line, ":%u", s->line);
	return buf_printf(buf, NULL, " (%s%s%s%s)", named ? s->author : "",
			  named && filed ? ", " : "", filed ? s->file : "", line);
}

const char *suppressed_text(const struct scan_suppressed *s, struct buf *buf)
{
	buf->n = 0;
	const char *text = NULL;
	if (put_what(s, buf) == 0 &&
	    (!is_there(s->reason) || buf_printf(buf, NULL, ": %s", s->reason) == 0) &&
	    put_source(s, buf) == 0)
		text = buf_cstr(buf, NULL);
	return text == NULL ? "" : text;
}

const char *suppressed_by(const struct scan_suppressed *s)
{
	return s->by == SCAN_BY_VEX ? "vex" : s->by == SCAN_BY_EXCEPTION ? "exception" : "state";
}

size_t suppressed_shown(const struct scan_result *r, const struct report_options *o)
{
	size_t n = 0;
	for (size_t i = 0; i < r->suppressed_count; i++)
		n += report_shows(o, &r->suppressed[i].finding);
	return n;
}
