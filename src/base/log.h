/* Messages to standard error. Libraries return errors and do not log; only
 * programs and their roles call this. */
#ifndef CORTEN_BASE_LOG_H
#define CORTEN_BASE_LOG_H

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

/* What is printed at all; LOG_WARNING when never called. `program` (a string
 * that lives as long as the process) starts every line. */
void log_setup(const char *program, enum log_level level);

/* "corten: warning: text\n"; control characters of the text are escaped. */
void log_at(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
