/* Retire.js' repository of JavaScript libraries (github.com/RetireJS/retire.js,
 * repository/): libraries by name with the ranges that are vulnerable, in the
 * forms of its versions 1 to 5 (atOrAbove, below) and of its source (ranges). */
#include "feed/osv.h"

struct library {
	struct import *im;
	struct json_reader *r;
	struct bytes name, npm;
	bool detected; /* by its files, so that its name need not be npm's */
	struct osv_record *list; /* its vulnerabilities; ids come last */
	size_t count, room;
};

enum { VULNERABILITIES_MAX = 1024 };

static void take_list(struct library *l, struct osv_record *o)
{
	struct bytes text;
	if (!json_enter_array(l->r))
		return;
	while (json_next_item(l->r))
		if (json_get_string(l->r, &text) && cve_of(text).n > 0)
			osv_add_text(l->im, &o->aliases, record_copy(l->im, text));
}

/* "CVE": [...], "githubID": "GHSA-…", "retid": "11", "issue": "2432". */
static void take_identifiers(struct library *l, struct osv_record *o)
{
	struct bytes key, text;
	if (!json_enter_object(l->r))
		return;
	while (json_next_key(l->r, &key)) {
		bool github = bytes_equal(key, BYTES_LIT("githubID"));
		if (bytes_equal(key, BYTES_LIT("CVE")))
			take_list(l, o);
		else if (!github)
			json_skip(l->r);
		else if (json_get_string(l->r, &text) &&
			 bytes_starts_with(text, BYTES_LIT("GHSA-")))
			osv_add_text(l->im, &o->aliases, record_copy(l->im, text));
	}
}

/* True when the member was one of a range's two. */
static bool take_bound(struct library *l, struct bytes key, struct osv_span *s)
{
	bool low = bytes_equal(key, BYTES_LIT("atOrAbove"));
	if (!low && !bytes_equal(key, BYTES_LIT("below")))
		return false;
	(void)record_string(l->im, l->r, low ? &s->introduced : &s->fixed);
	return true;
}

static void take_ranges(struct library *l, struct osv_affected *a)
{
	struct bytes key;
	if (!json_enter_array(l->r))
		return;
	while (json_next_item(l->r)) {
		struct osv_span s = { .started = true, .introduced = BYTES_LIT("0") };
		if (!json_enter_object(l->r))
			continue;
		while (json_next_key(l->r, &key))
			if (!take_bound(l, key, &s))
				json_skip(l->r);
		osv_add_span(l->im, a, s);
	}
}

static void take_vulnerability(struct library *l, struct osv_record *o, struct osv_affected *a)
{
	struct osv_span s = { .started = true, .introduced = BYTES_LIT("0") };
	struct bytes key, word;
	bool bounded = false;
	if (!json_enter_object(l->r))
		return;
	while (json_next_key(l->r, &key)) {
		if (bytes_equal(key, BYTES_LIT("identifiers"))) {
			take_identifiers(l, o);
		} else if (bytes_equal(key, BYTES_LIT("ranges"))) {
			take_ranges(l, a);
		} else if (bytes_equal(key, BYTES_LIT("severity"))) {
			if (json_get_string(l->r, &word))
				o->severity.word = severity_of_word(word);
		} else if (take_bound(l, key, &s)) {
			bounded = true;
		} else {
			json_skip(l->r);
		}
	}
	if (bounded)
		osv_add_span(l->im, a, s);
}

static void take_vulnerabilities(struct library *l)
{
	if (!json_enter_array(l->r))
		return;
	while (json_next_item(l->r)) {
		struct osv_record *o = l->count < l->room ? &l->list[l->count++] : NULL;
		struct osv_affected *a = NULL;
		if (o != NULL) {
			*o = (struct osv_record){ .publisher = BYTES_LIT("retirejs") };
			o->last_affected = &o->affected;
			a = osv_add_affected(l->im, o);
		}
		if (a == NULL) {
			l->im->record.used = l->im->record.max; /* record_full */
			json_skip(l->r);
		} else {
			take_vulnerability(l, o, a);
		}
	}
}

/* A vulnerability with several CVEs is each of them. */
static bool send_vulnerability(struct library *l, struct osv_record *o)
{
	bool cve = false;
	for (const struct osv_text *t = o->aliases.first; t != NULL; t = t->next) {
		if (cve_of(t->text).n == 0)
			continue;
		o->id = t->text;
		cve = true;
		if (!osv_send(l->im, o))
			return false;
	}
	if (cve)
		return true;
	if (o->aliases.first != NULL) {
		o->id = o->aliases.first->text;
		return osv_send(l->im, o);
	}
	l->im->stats.records++;
	import_skip(l->im, l->name, "a vulnerability without a CVE or GHSA id");
	return true;
}

static bool send_library(struct library *l)
{
	bool npm = l->npm.n > 0 || !l->detected;
	for (size_t i = 0; i < l->count; i++) {
		struct osv_affected *a = l->list[i].affected;
		a->ecosystem = npm ? BYTES_LIT("npm") : BYTES_LIT("Bitnami");
		a->name = l->npm.n > 0 ? l->npm : l->name;
		if (!send_vulnerability(l, &l->list[i]))
			return false;
	}
	return true;
}

static bool take_library(struct library *l, struct bytes name)
{
	struct bytes key;
	record_begin(l->im);
	l->name = record_copy(l->im, name);
	l->npm = BYTES_LIT("");
	l->detected = false;
	l->count = 0;
	l->list = arena_array(&l->im->record, VULNERABILITIES_MAX, sizeof *l->list);
	l->room = l->list == NULL ? 0 : VULNERABILITIES_MAX;
	if (!json_enter_object(l->r))
		return true;
	while (json_next_key(l->r, &key)) {
		if (bytes_equal(key, BYTES_LIT("vulnerabilities")))
			take_vulnerabilities(l);
		else if (bytes_equal(key, BYTES_LIT("npmname")))
			(void)record_string(l->im, l->r, &l->npm);
		else {
			l->detected |= bytes_equal(key, BYTES_LIT("extractors"));
			json_skip(l->r);
		}
	}
	return json_failed(l->r) || send_library(l);
}

int import_retire(struct import *im, struct feed_input *in)
{
	struct bytes key;
	struct library l = { .im = im, .r = import_json(im, in) };
	char name[256];
	if (l.r == NULL)
		return -1;
	(void)json_enter_object(l.r);
	while (!im->failed && json_next_key(l.r, &key)) {
		size_t n = key.n < sizeof name ? key.n : 0;
		memcpy(name, key.p, n);
		(void)take_library(&l, bytes_of(name, n));
	}
	return import_json_end(im, l.r);
}
