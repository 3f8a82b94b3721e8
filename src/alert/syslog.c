/* RFC 5424 messages. The structured data bears the enterprise number 32473, which
 * RFC 5612 keeps for documentation: Corten has none of its own. */
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "alert/internal.h"

enum {
	FACILITY_AUTHPRIV = 10,
	MESSAGE_MOST = 2048, /* what every receiver should take (RFC 5424, section 6.1) */
	VALUE_MOST = 256
};

static int severity_of(const char *word)
{
	static const char *const words[] = { "critical", "high", "medium", "low" };
	for (int i = 0; i < 4; i++)
		if (word != NULL && strcmp(word, words[i]) == 0)
			return 2 + i; /* critical, error, warning, notice */
	return 4;
}

/* Printable US-ASCII without blanks, at most n (section 6, HOSTNAME, MSGID). */
static void put_name(struct buf *out, const char *text, size_t most, struct error *err)
{
	size_t n = 0;
	for (; text != NULL && *text != '\0' && n < most; text++, n++)
		(void)buf_append(out, *text > ' ' && *text < 0x7f ? text : "_", 1, err);
	if (n == 0)
		(void)buf_append(out, "-", 1, err);
}

/* Valid UTF-8 without what could drive a terminal; `also` get a backslash. */
static void put_escaped(struct buf *out, struct bytes b, const char *also, struct error *err)
{
	size_t start = out->n;
	while (b.n > 0 && out->n - start < VALUE_MOST) {
		uint32_t point = 0;
		size_t n = utf8_length(b, &point);
		if (n == 0 || text_point_harmful(point))
			(void)buf_append(out, "\xef\xbf\xbd", 3, err);
		else {
			if (n == 1 && strchr(also, (int)point) != NULL)
				(void)buf_append(out, "\\", 1, err);
			(void)buf_append(out, b.p, n, err);
		}
		b = bytes_sub(b, n == 0 ? 1 : n, b.n);
	}
}

static void put_param(struct buf *out, const char *name, const char *value, struct error *err)
{
	if (value == NULL || value[0] == '\0')
		return;
	(void)buf_printf(out, err, " %s=\"", name);
	put_escaped(out, bytes_str(value), "\"\\]", err);
	(void)buf_append(out, "\"", 1, err);
}

static void put_head(struct buf *out, const struct alert *a, const char *host, struct error *err)
{
	char when[RFC3339_TEXT];
	rfc3339_text((int64_t)(a->last / 1000000000u), when);
	when[strlen(when) - 1] = '\0'; /* the fraction comes before the Z */
	(void)buf_printf(out, err, "<%d>1 %s.%06uZ ",
			 FACILITY_AUTHPRIV * 8 + severity_of(a->severity), when,
			 (unsigned)(a->last % 1000000000u / 1000u));
	put_name(out, host, 255, err);
	(void)buf_printf(out, err, " corten-agent %d ", (int)getpid());
	put_name(out, a->item, 32, err);
}

static void put_data(struct buf *out, const struct alert *a, struct error *err)
{
	char count[24];
	(void)snprintf(count, sizeof count, "%llu", (unsigned long long)a->count);
	(void)buf_append_str(out, " [corten@32473", err);
	put_param(out, "id", a->id, err);
	put_param(out, "count", count, err);
	put_param(out, "outcome", a->outcome, err);
	put_param(out, "severity", a->severity, err);
	put_param(out, "technique", a->technique, err);
	put_param(out, "tactic", a->tactic, err);
	put_param(out, "rule", a->rule, err);
	put_param(out, "container", a->container_id, err);
	put_param(out, "image", a->image, err);
	put_param(out, "namespace", a->namespace, err);
	put_param(out, "pod", a->pod, err);
	put_param(out, "process", a->process, err);
	put_param(out, "object", a->object, err);
	(void)buf_append_str(out, "]", err);
}

int alert_syslog_text(const struct alert *a, const char *host, struct buf *out, struct error *err)
{
	struct buf text = buf_max(2 * MESSAGE_MOST * 4);
	const char *subject = a->object != NULL && a->object[0] != '\0' ? a->object : a->process;
	put_head(&text, a, host, err);
	put_data(&text, a, err);
	(void)buf_append_str(&text, " \xef\xbb\xbf", err); /* UTF-8 follows (section 6.4) */
	put_escaped(&text, bytes_str(a->outcome), "", err);
	(void)buf_append_str(&text, ": ", err);
	put_escaped(&text, bytes_str(a->title), "", err);
	if (subject != NULL && subject[0] != '\0') {
		(void)buf_append_str(&text, ": ", err);
		put_escaped(&text, bytes_str(subject), "", err);
	}
	int r = buf_append(out, text.p, text.n, err);
	buf_free(&text);
	return r;
}

int alert_syslog(int fd, const struct alert *a, const char *host, struct error *err)
{
	cleanup_buf struct buf text = buf_max(64 * KIB);
	if (alert_syslog_text(a, host, &text, err) < 0)
		return -1;
	ssize_t sent;
	do
		sent = send(fd, text.p, text.n, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (sent < 0 && errno == EINTR);
	return sent < 0 ? error_errno(err, "the alert %s did not reach syslog", a->id) : 0;
}
