#include "feed/osv.h"

enum { SPANS_MAX = 4096 };

struct osv_reader {
	struct import *im;
	struct json_reader *r;
	struct osv_record *o;
	struct osv_affected *a; /* the one under way */
};

/* Adds the strings of an array. */
static void read_texts(struct osv_reader *x, struct osv_list *list)
{
	struct bytes b;
	if (list->end == NULL)
		list->end = &list->first;
	if (!json_enter_array(x->r))
		return;
	while (json_next_item(x->r)) {
		if (!json_get_string(x->r, &b))
			continue;
		struct osv_text *t = arena_alloc(&x->im->record, sizeof *t);
		if (t == NULL)
			continue;
		t->text = record_copy(x->im, b);
		*list->end = t;
		list->end = &t->next;
	}
}

/* --- severity ------------------------------------------------------------------ */

static void take_score(struct osv_reader *x, struct bytes type, struct bytes score,
		       struct osv_severity *s)
{
	struct cvss c;
	if (cvss_parse(score, &c) && c.version > s->cvss.version) {
		s->cvss = c;
		s->vector = record_copy(x->im, score);
	} else if (bytes_equal(type, BYTES_LIT("Ubuntu"))) {
		s->word = severity_of_word(score);
	}
}

/* [{"type": "CVSS_V3", "score": "CVSS:3.1/…"}, {"type": "Ubuntu", "score": "low"}] */
static void read_severities(struct osv_reader *x, struct osv_severity *s)
{
	struct bytes key;
	if (!json_enter_array(x->r))
		return;
	while (json_next_item(x->r)) {
		struct bytes type = BYTES_LIT(""), score = BYTES_LIT("");
		if (!json_enter_object(x->r))
			continue;
		while (json_next_key(x->r, &key)) {
			if (bytes_equal(key, BYTES_LIT("type")))
				(void)record_string(x->im, x->r, &type);
			else if (bytes_equal(key, BYTES_LIT("score")))
				(void)record_string(x->im, x->r, &score);
			else
				json_skip(x->r);
		}
		take_score(x, type, score, s);
	}
}

/* The objects in which publishers keep their own words. */
static void read_specific(struct osv_reader *x, struct osv_severity *s, struct bytes *urgency)
{
	struct bytes key, word;
	if (!json_enter_object(x->r))
		return;
	while (json_next_key(x->r, &key)) {
		bool own = bytes_equal(key, BYTES_LIT("severity")) ||
			   bytes_equal(key, BYTES_LIT("ubuntu_priority"));
		bool debian = urgency != NULL && bytes_equal(key, BYTES_LIT("urgency"));
		if (!own && !debian) {
			json_skip(x->r);
		} else if (json_get_string(x->r, &word)) {
			if (severity_of_word(word) != SEVERITY_UNKNOWN)
				s->word = severity_of_word(word);
			if (debian)
				*urgency = record_copy(x->im, word);
		}
	}
}

/* Red Hat says its rating only as a link into its table of ratings. */
static void read_references(struct osv_reader *x)
{
	static const char front[] = "https://access.redhat.com/security/updates/classification/#";
	struct bytes key, url;
	if (!json_enter_array(x->r))
		return;
	while (json_next_item(x->r)) {
		if (!json_enter_object(x->r))
			continue;
		while (json_next_key(x->r, &key)) {
			if (!bytes_equal(key, BYTES_LIT("url")))
				json_skip(x->r);
			else if (json_get_string(x->r, &url) &&
				 bytes_starts_with(url, BYTES_LIT(front)))
				x->o->severity.word =
					severity_of_word(bytes_sub(url, sizeof front - 1, url.n));
		}
	}
}

/* --- affected --------------------------------------------------------------------- */

static void read_package(struct osv_reader *x)
{
	struct bytes key;
	if (!json_enter_object(x->r))
		return;
	while (json_next_key(x->r, &key)) {
		if (bytes_equal(key, BYTES_LIT("ecosystem")))
			(void)record_string(x->im, x->r, &x->a->ecosystem);
		else if (bytes_equal(key, BYTES_LIT("name")))
			(void)record_string(x->im, x->r, &x->a->name);
		else if (bytes_equal(key, BYTES_LIT("purl")))
			(void)record_string(x->im, x->r, &x->a->purl);
		else
			json_skip(x->r);
	}
}

/* The events of one range: the n-th introduced belongs to the n-th end. Events
 * have no order among each other, but each kind is published from low to high. */
struct spans {
	struct osv_span *first, **add;
	struct osv_span **unstarted, **unended; /* where the next one of a kind goes */
	unsigned count;
};

static struct osv_span *span_at(struct osv_reader *x, struct spans *s, struct osv_span ***at)
{
	struct osv_span *span = **at;
	if (span == NULL && s->count < SPANS_MAX)
		span = arena_alloc(&x->im->record, sizeof *span);
	if (span == NULL) {
		x->im->record.used = x->im->record.max; /* record_full */
		return NULL;
	}
	if (**at == NULL) {
		*s->add = span;
		s->add = &span->next;
		s->count++;
	}
	*at = &span->next;
	return span;
}

static void read_event(struct osv_reader *x, struct spans *s)
{
	struct bytes key;
	if (!json_enter_object(x->r))
		return;
	while (json_next_key(x->r, &key)) {
		struct osv_span *span;
		bool fixed = bytes_equal(key, BYTES_LIT("fixed"));
		if (bytes_equal(key, BYTES_LIT("introduced"))) {
			span = span_at(x, s, &s->unstarted);
			if (span != NULL)
				span->started = record_string(x->im, x->r, &span->introduced);
		} else if (fixed || bytes_equal(key, BYTES_LIT("last_affected"))) {
			span = span_at(x, s, &s->unended);
			if (span != NULL)
				(void)record_string(x->im, x->r,
						    fixed ? &span->fixed : &span->last);
		} else {
			json_skip(x->r);
		}
	}
}

static void read_events(struct osv_reader *x, struct spans *s)
{
	if (!json_enter_array(x->r))
		return;
	while (json_next_item(x->r))
		read_event(x, s);
}

/* Ranges of commits (GIT) say nothing about packages. */
static bool is_usable_range(struct json_reader *r)
{
	struct bytes type;
	return json_get_string(r, &type) && (bytes_equal(type, BYTES_LIT("ECOSYSTEM")) ||
					     bytes_equal(type, BYTES_LIT("SEMVER")));
}

static void read_range(struct osv_reader *x)
{
	struct bytes key;
	bool usable = false;
	struct spans s = { 0 };
	s.add = s.unstarted = s.unended = &s.first;
	if (!json_enter_object(x->r))
		return;
	while (json_next_key(x->r, &key)) {
		if (bytes_equal(key, BYTES_LIT("type")))
			usable = is_usable_range(x->r);
		else if (bytes_equal(key, BYTES_LIT("events")))
			read_events(x, &s);
		else
			json_skip(x->r);
	}
	if (usable && s.first != NULL) {
		*x->a->last_span = s.first;
		x->a->last_span = s.add;
	}
}

static void read_ranges(struct osv_reader *x)
{
	if (!json_enter_array(x->r))
		return;
	while (json_next_item(x->r))
		read_range(x);
}

static void read_one_affected(struct osv_reader *x)
{
	struct bytes key;
	struct osv_affected *a = arena_alloc(&x->im->record, sizeof *a);
	if (a == NULL) {
		x->im->record.used = x->im->record.max;
		return;
	}
	a->last_span = &a->spans;
	x->a = a;
	*x->o->last_affected = a;
	x->o->last_affected = &a->next;
	if (!json_enter_object(x->r))
		return;
	while (json_next_key(x->r, &key)) {
		if (bytes_equal(key, BYTES_LIT("package"))) {
			read_package(x);
		} else if (bytes_equal(key, BYTES_LIT("ranges"))) {
			read_ranges(x);
		} else if (bytes_equal(key, BYTES_LIT("severity"))) {
			read_severities(x, &a->severity);
		} else if (bytes_equal(key, BYTES_LIT("ecosystem_specific")) ||
			   bytes_equal(key, BYTES_LIT("database_specific"))) {
			read_specific(x, &a->severity, &a->urgency);
		} else {
			a->enumerated |= bytes_equal(key, BYTES_LIT("versions"));
			json_skip(x->r);
		}
	}
}

static void read_affected(struct osv_reader *x)
{
	if (!json_enter_array(x->r))
		return;
	while (json_next_item(x->r))
		read_one_affected(x);
}

/* --- the record ------------------------------------------------------------------------ */

static bool read_text_member(struct osv_reader *x, struct bytes key)
{
	struct {
		const char *name;
		struct bytes *to;
	} texts[] = {
		{ "id", &x->o->id },
		{ "modified", &x->o->modified },
		{ "withdrawn", &x->o->withdrawn },
		{ "summary", &x->o->summary },
	};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (bytes_equal(key, bytes_str(texts[i].name))) {
			(void)record_string(x->im, x->r, texts[i].to);
			return true;
		}
	return false;
}

static bool read_list_member(struct osv_reader *x, struct bytes key)
{
	struct {
		const char *name;
		struct osv_list *to;
	} lists[] = {
		{ "aliases", &x->o->aliases },
		{ "upstream", &x->o->upstream },
		{ "related", &x->o->related },
	};
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
		if (bytes_equal(key, bytes_str(lists[i].name))) {
			read_texts(x, lists[i].to);
			return true;
		}
	return false;
}

void osv_read(struct import *im, struct json_reader *r, struct osv_record *ret)
{
	struct bytes key;
	struct osv_reader x = { .im = im, .r = r, .o = ret };
	*ret = (struct osv_record){ 0 };
	ret->last_affected = &ret->affected;
	record_begin(im);
	if (!json_enter_object(r))
		return;
	while (json_next_key(r, &key)) {
		if (bytes_equal(key, BYTES_LIT("affected")))
			read_affected(&x);
		else if (bytes_equal(key, BYTES_LIT("severity")))
			read_severities(&x, &ret->severity);
		else if (bytes_equal(key, BYTES_LIT("database_specific")))
			read_specific(&x, &ret->severity, NULL);
		else if (bytes_equal(key, BYTES_LIT("references")))
			read_references(&x);
		else if (!read_text_member(&x, key) && !read_list_member(&x, key))
			json_skip(r);
	}
}
