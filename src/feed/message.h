/* What goes between the worker and its parent, and the limits that both keep:
 * the worker leaves out what breaks them, the parent ends a worker that sends
 * it. */
#ifndef CORTEN_FEED_MESSAGE_H
#define CORTEN_FEED_MESSAGE_H

#include "feed/feed.h"

enum feed_message {
	/* to the worker, on the channel */
	FEED_MSG_JOB = 1,
	/* to the worker, on descriptor 3, when the job is a series of files */
	FEED_MSG_FILE = 10, /* name */
	FEED_MSG_DATA, /* bytes */
	FEED_MSG_FILE_END,
	/* to the parent */
	FEED_MSG_SOURCE = 20,
	FEED_MSG_FACT,
	FEED_MSG_DETAIL,
	FEED_MSG_SKIPPED,
	FEED_MSG_DONE, /* statistics */
	FEED_MSG_FAILED /* an error ended the import */
};

enum { FEED_DATA_MAX = 64 * 1024 };

struct feed_job {
	bool series; /* descriptor 3 carries FEED_MSG_FILE … */
	bool slow; /* what fills the input may take its time; for the parent only */
	char name[256]; /* of the one file */
	char source[64], url[512], snapshot[64], retrieved[64]; /* feed_options; "": none */
};

/* NULL, or what is wrong. Strings are short and printable, numbers in range. */
const char *feed_check_source(const struct vuln_source *s);
const char *feed_check_fact(const struct vuln_fact *f);
const char *feed_check_detail(const struct vuln_detail *d);

void feed_put_job(struct msg *m, const struct feed_job *job);
void feed_put_source(struct msg *m, const struct vuln_source *s);
void feed_put_fact(struct msg *m, const struct vuln_fact *f);
void feed_put_detail(struct msg *m, const struct vuln_detail *d);
void feed_put_stats(struct msg *m, const struct feed_stats *stats);

/* -1 with ERR_PROTOCOL unless the message is whole and what it says is checked. */
int feed_get_job(struct msg_reader *r, struct feed_job *ret, struct error *err);
int feed_get_source(struct msg_reader *r, struct vuln_source *ret, struct error *err);
int feed_get_fact(struct msg_reader *r, struct vuln_fact *ret, struct error *err);
int feed_get_detail(struct msg_reader *r, struct vuln_detail *ret, struct error *err);
int feed_get_stats(struct msg_reader *r, struct feed_stats *ret, struct error *err);

/* Text for people, made printable and cut to n. */
void feed_clean_text(struct bytes b, char *out, size_t n);

#endif
