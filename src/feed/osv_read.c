#include "feed/osv.h"

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
	if (!json_enter_array(x->r))
		return;
	while (json_next_item(x->r))
		if (json_get_string(x->r, &b))
			osv_add_text(x->im, list, record_copy(x->im, b));
}

/* --- severity ------------------------------------------------------------------ */

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
		osv_take_score(x->im, type, score, s);
	}
}

/* The objects in which publishers keep their own words; a: NULL for the record's. */
static void read_specific(struct osv_reader *x, struct osv_severity *s, struct osv_affected *a)
{
	struct bytes key, word;
	if (!json_enter_object(x->r))
		return;
	while (json_next_key(x->r, &key)) {
		bool own = bytes_equal(key, BYTES_LIT("severity")) ||
			   bytes_equal(key, BYTES_LIT("ubuntu_priority"));
		bool debian = a != NULL && bytes_equal(key, BYTES_LIT("urgency"));
		bool notice = a != NULL && bytes_equal(key, BYTES_LIT("informational"));
		if (!own && !debian && !notice) {
			json_skip(x->r);
		} else if (json_get_string(x->r, &word)) {
			if (!notice && severity_of_word(word) != SEVERITY_UNKNOWN)
				s->word = severity_of_word(word);
			if (debian)
				a->urgency = record_copy(x->im, word);
			if (notice)
				a->informational = osv_is_notice(word);
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

static void read_event(struct osv_reader *x, struct osv_events *e)
{
	struct bytes key, text = BYTES_LIT("");
	char kind[32];
	if (!json_enter_object(x->r))
		return;
	while (json_next_key(x->r, &key)) {
		key.n = key.n < sizeof kind ? key.n : 0; /* longer ones are none */
		(void)snprintf(kind, sizeof kind, "%.*s", (int)key.n, (const char *)key.p);
		if (record_string(x->im, x->r, &text))
			osv_event(x->im, e, bytes_str(kind), text);
	}
}

static void read_events(struct osv_reader *x, struct osv_events *e)
{
	if (!json_enter_array(x->r))
		return;
	while (json_next_item(x->r))
		read_event(x, e);
}

static void read_range(struct osv_reader *x)
{
	struct bytes key, type;
	bool usable = false;
	struct osv_events e;
	osv_events_begin(&e);
	if (!json_enter_object(x->r))
		return;
	while (json_next_key(x->r, &key)) {
		if (bytes_equal(key, BYTES_LIT("type")))
			usable = json_get_string(x->r, &type) && osv_is_usable_range(type);
		else if (bytes_equal(key, BYTES_LIT("events")))
			read_events(x, &e);
		else
			json_skip(x->r);
	}
	if (usable)
		osv_events_end(x->a, &e);
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
	struct osv_affected *a = osv_add_affected(x->im, x->o);
	x->a = a;
	if (a == NULL)
		json_skip(x->r);
	if (a == NULL || !json_enter_object(x->r))
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
			read_specific(x, &a->severity, a);
		} else if (bytes_equal(key, BYTES_LIT("versions")) && a->spans == NULL) {
			read_texts(x, &a->versions); /* published behind `ranges` */
		} else {
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
		{ "published", &x->o->published },
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
	osv_begin(im, ret);
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
