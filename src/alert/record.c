/* One line of alerts.log: 16 hexadecimal digits, a blank, a JSON object. The digits
 * are SipHash under a fixed key: against torn and rotten lines, not against root. */
#include <stdio.h>
#include <stdlib.h>

#include "alert/internal.h"
#include "format/json.h"
#include "sensor/line.h"

enum { SUM_DIGITS = 16 };

static const uint64_t sum_key = 0x636f7274656e; /* "corten" */

static void sum_of(struct bytes json, char out[static SUM_DIGITS + 1])
{
	(void)snprintf(out, SUM_DIGITS + 1, "%016llx",
		       (unsigned long long)hash_bytes(sum_key, json));
}

int record_put(const struct alert *a, bool whole, struct buf *out, struct error *err)
{
	size_t count, start = out->n;
	const struct alert_member *members = alert_members(&count);
	struct alert copy = *a;
	char sum[SUM_DIGITS + 1];
	if (buf_append(out, "................ ", SUM_DIGITS + 1, err) < 0)
		return -1;
	cleanup_buf struct buf json = buf_max(MIB);
	struct line l = line_of(&json, err);
	line_object(&l, NULL);
	line_text(&l, "id", a->id);
	line_text(&l, "state", alert_state_name(a->state));
	line_u64(&l, "count", a->count);
	line_u64(&l, "first", a->first);
	line_u64(&l, "last", a->last);
	for (size_t i = 0; i < count; i++)
		if (whole || members[i].offset == offsetof(struct alert, outcome))
			line_text(&l, members[i].name, *alert_member_of(&copy, &members[i]));
	if (whole)
		line_bool(&l, "whole", true);
	line_end_object(&l);
	if (l.failed || buf_append(out, json.p, json.n, err) < 0 ||
	    buf_append(out, "\n", 1, err) < 0)
		return -1;
	sum_of(buf_view(&json), sum);
	memcpy(out->p + start, sum, SUM_DIGITS);
	return 0;
}

/* --- reading ------------------------------------------------------------------------------ */

static char *copy_of(struct bytes b)
{
	if (bytes_index(b, 0) >= 0)
		return NULL;
	char *s = malloc(b.n + 1);
	if (s == NULL)
		return NULL;
	if (b.n > 0)
		memcpy(s, b.p, b.n);
	s[b.n] = '\0';
	return s;
}

static bool is_id(struct bytes text)
{
	for (size_t i = 0; i < text.n; i++)
		if (strchr("0123456789abcdef", text.p[i]) == NULL || text.p[i] == '\0')
			return false;
	return text.n == 16;
}

static bool whole_json(struct bytes text)
{
	struct error err = { 0 };
	struct json_reader *r = json_open_bytes(text);
	if (r == NULL)
		return false;
	json_skip(r);
	bool good = json_finish(r, &err) == 0;
	json_close(r);
	return good && bytes_index(text, '\n') < 0;
}

static bool get_number(struct json_reader *r, uint64_t *ret)
{
	int64_t v;
	if (!json_get_i64(r, &v) || v < 0)
		return false;
	*ret = (uint64_t)v;
	return true;
}

static bool get_state(struct json_reader *r, enum alert_state *ret)
{
	struct bytes text;
	char name[16];
	if (!json_get_string(r, &text))
		return false;
	(void)snprintf(name, sizeof name, "%.*s", (int)bytes_sub(text, 0, 15).n,
		       (const char *)text.p);
	return alert_state_from_name(name, ret);
}

static bool get_string(struct json_reader *r, const struct alert_member *m, struct alert *a)
{
	struct bytes text;
	char **place = alert_member_of(a, m);
	if (!json_get_string(r, &text) || *place != NULL || (m->json && !whole_json(text)))
		return false;
	*place = copy_of(text);
	return *place != NULL;
}

static bool get_member(struct json_reader *r, struct bytes key, struct alert *a, bool *whole)
{
	size_t count;
	struct bytes text;
	const struct alert_member *members = alert_members(&count);
	for (size_t i = 0; i < count; i++)
		if (bytes_equal(key, bytes_str(members[i].name)))
			return get_string(r, &members[i], a);
	if (bytes_equal(key, BYTES_LIT("count")))
		return get_number(r, &a->count);
	if (bytes_equal(key, BYTES_LIT("first")))
		return get_number(r, &a->first);
	if (bytes_equal(key, BYTES_LIT("last")))
		return get_number(r, &a->last);
	if (bytes_equal(key, BYTES_LIT("state")))
		return get_state(r, &a->state);
	if (bytes_equal(key, BYTES_LIT("whole")))
		return json_get_bool(r, whole);
	if (!bytes_equal(key, BYTES_LIT("id"))) {
		json_skip(r); /* of a later version */
		return true;
	}
	if (!json_get_string(r, &text) || !is_id(text))
		return false;
	memcpy(a->id, text.p, text.n);
	return true;
}

/* A whole record has all strings, if only empty ones. */
static bool complete(struct alert *a)
{
	size_t count;
	const struct alert_member *members = alert_members(&count);
	for (size_t i = 0; i < count; i++) {
		char **place = alert_member_of(a, &members[i]);
		if (*place == NULL)
			*place = calloc(1, 1);
		if (*place == NULL)
			return false;
	}
	return true;
}

static bool get_object(struct json_reader *r, struct alert *a)
{
	struct error err = { 0 };
	struct bytes key;
	bool whole = false, good = json_enter_object(r);
	while (good && json_next_key(r, &key)) {
		char name[32]; /* the key's bytes go when its value is read */
		(void)snprintf(name, sizeof name, "%.*s", (int)bytes_sub(key, 0, 31).n,
			       (const char *)key.p);
		good = get_member(r, bytes_str(name), a, &whole);
	}
	return good && json_finish(r, &err) == 0 && a->id[0] != '\0' && (!whole || complete(a));
}

bool record_get(struct bytes line, struct alert *ret)
{
	char sum[SUM_DIGITS + 1];
	struct alert a = { 0 };
	if (line.n < SUM_DIGITS + 2 || line.p[SUM_DIGITS] != ' ')
		return false;
	struct bytes json = bytes_sub(line, SUM_DIGITS + 1, line.n);
	sum_of(json, sum);
	if (memcmp(sum, line.p, SUM_DIGITS) != 0)
		return false;
	struct json_reader *r = json_open_bytes(json);
	bool good = r != NULL && get_object(r, &a);
	json_close(r);
	if (good)
		*ret = a;
	else
		alert_clear(&a);
	return good;
}
