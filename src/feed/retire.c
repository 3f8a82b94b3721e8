/* Retire.js' repository of JavaScript libraries (github.com/RetireJS/retire.js,
 * repository/): libraries by name with the ranges that are vulnerable, in the
 * forms of its versions 1 to 5 (atOrAbove, below) and of its source (ranges). */
#include "feed/osv.h"

struct vulnerability {
	struct osv_record o;
	struct vulnerability *next;
};

struct library {
	struct import *im;
	struct json_reader *r;
	struct bytes name, npm;
	bool detected; /* by its files, so that its name need not be npm's */
	/* Kept until the end: the library's name can come behind them. */
	struct vulnerability *first, **last;
};

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

/* Its place in the library; NULL without memory: the record is full then. */
static struct osv_affected *add_vulnerability(struct library *l, struct osv_record **ret)
{
	struct vulnerability *v = arena_alloc(&l->im->record, sizeof *v);
	if (v == NULL) {
		l->im->record.used = l->im->record.max;
		return NULL;
	}
	v->o.publisher = BYTES_LIT("retirejs");
	v->o.last_affected = &v->o.affected;
	*ret = &v->o;
	struct osv_affected *a = osv_add_affected(l->im, &v->o);
	if (a != NULL) {
		*l->last = v;
		l->last = &v->next;
	}
	return a;
}

static void take_vulnerabilities(struct library *l)
{
	struct osv_record *o;
	if (!json_enter_array(l->r))
		return;
	while (json_next_item(l->r)) {
		struct osv_affected *a = add_vulnerability(l, &o);
		if (a != NULL)
			take_vulnerability(l, o, a);
		else
			json_skip(l->r);
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
	for (struct vulnerability *v = l->first; v != NULL; v = v->next) {
		struct osv_affected *a = v->o.affected;
		a->ecosystem = npm ? BYTES_LIT("npm") : BYTES_LIT("Bitnami");
		a->name = l->npm.n > 0 ? l->npm : l->name;
		if (!send_vulnerability(l, &v->o))
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
	l->first = NULL;
	l->last = &l->first;
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
