#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/text.h"

enum { LOG_LINE_MAX = 4096 };

/* The one piece of process-wide state: how this process talks. */
static struct {
	const char *program;
	enum log_level level;
} log_state = { "corten", LOG_WARNING };

void log_setup(const char *program, enum log_level level)
{
	log_state.program = program;
	log_state.level = level;
}

void log_at(enum log_level level, const char *fmt, ...)
{
	static const char *const names[] = { "error: ", "warning: ", "", "debug: " };
	if (level > log_state.level)
		return;
	char text[LOG_LINE_MAX];
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	cleanup_buf struct buf line = buf_max((size_t)8 * LOG_LINE_MAX);
	if (buf_printf(&line, NULL, "%s: %s", log_state.program, names[level]) < 0 ||
	    text_escape(&line, bytes_str(text), NULL) < 0 || buf_append(&line, "\n", 1, NULL) < 0)
		return;
	(void)fd_write_full(STDERR_FILENO, line.p, line.n);
}
