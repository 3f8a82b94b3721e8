/* Debian's security tracker, data/json: {source: {id: {description, scope,
 * releases: {codename: {status, fixed_version, urgency, nodsa, nodsa_reason}}}}}.
 * The tracker has resolved DSA, DLA and the release's own annotations already:
 * what stands for a release is what holds for it. */
#include "feed/import.h"
#include "feed/words.h"

struct release {
	struct bytes status, fixed, urgency, nodsa_reason;
};

struct place {
	struct bytes source, id, codename;
};

static void read_release(struct import *im, struct json_reader *r, struct release *ret)
{
	struct bytes key;
	if (!json_enter_object(r))
		return;
	while (json_next_key(r, &key)) {
		struct bytes *to = bytes_equal(key, BYTES_LIT("status"))          ? &ret->status
				   : bytes_equal(key, BYTES_LIT("fixed_version")) ? &ret->fixed
				   : bytes_equal(key, BYTES_LIT("urgency"))       ? &ret->urgency
				   : bytes_equal(key, BYTES_LIT("nodsa_reason"))
					   ? &ret->nodsa_reason
					   : NULL;
		if (to == NULL)
			json_skip(r);
		else
			(void)record_string(im, r, to);
	}
}

/* A fixed version says more than a "no-dsa" that was never taken back. Version
 * "0" means that the release never had the flaw. */
static enum finding_status status_of(const struct release *rel)
{
	if (bytes_equal(rel->fixed, BYTES_LIT("0")))
		return STATUS_NOT_AFFECTED;
	if (bytes_equal(rel->urgency, BYTES_LIT("unimportant")))
		return STATUS_UNIMPORTANT;
	if (rel->fixed.n > 0)
		return STATUS_FIXED;
	if (bytes_equal(rel->urgency, BYTES_LIT("end-of-life")))
		return STATUS_END_OF_LIFE;
	if (bytes_equal(rel->nodsa_reason, BYTES_LIT("ignored")))
		return STATUS_WILL_NOT_FIX;
	if (bytes_equal(rel->nodsa_reason, BYTES_LIT("postponed")))
		return STATUS_DEFERRED;
	return STATUS_AFFECTED;
}

/* Undetermined: nobody has looked yet, so there is no fact. */
static const char *why_not(const struct release *rel)
{
	bool open = bytes_equal(rel->status, BYTES_LIT("open"));
	bool resolved = bytes_equal(rel->status, BYTES_LIT("resolved"));
	if (!open && !resolved)
		return "its status is not known";
	return resolved && rel->fixed.n == 0 ? "it is resolved, but in no version" : NULL;
}

static bool send_release(struct import *im, const struct place *at, const struct release *rel)
{
	char key[ECOSYSTEM_KEY_MAX];
	const char *number = debian_release_number(at->codename);
	if (bytes_equal(rel->status, BYTES_LIT("undetermined")))
		return true;
	const char *why = number == NULL ? "it names a release that is not known" : why_not(rel);
	if (why != NULL) {
		import_skip(im, at->id, why);
		return true;
	}
	int n = snprintf(key, sizeof key, "debian:%s", number);
	struct vuln_fact f = { .ecosystem = bytes_of(key, (size_t)n),
			       .package = at->source,
			       .id = at->id,
			       .status = status_of(rel),
			       .severity = severity_of_word(rel->urgency) };
	f.fixed = f.status == STATUS_NOT_AFFECTED ? BYTES_LIT("") : rel->fixed;
	return import_fact(im, &f);
}

static void read_releases(struct import *im, struct json_reader *r, struct place *at)
{
	struct bytes key;
	if (!json_enter_object(r))
		return;
	while (!im->failed && json_next_key(r, &key)) {
		struct release rel = { 0 };
		at->codename = record_copy(im, key);
		read_release(im, r, &rel);
		if (!json_failed(r))
			(void)send_release(im, at, &rel);
	}
}

static void read_id(struct import *im, struct json_reader *r, struct place *at)
{
	struct bytes key;
	im->stats.records++;
	if (!json_enter_object(r)) {
		import_skip(im, at->id, "it is no object");
		return;
	}
	while (!im->failed && json_next_key(r, &key)) {
		if (bytes_equal(key, BYTES_LIT("releases")))
			read_releases(im, r, at);
		else
			json_skip(r);
	}
}

static void read_source(struct import *im, struct json_reader *r, struct bytes name)
{
	struct bytes key;
	if (!json_enter_object(r)) {
		import_skip(im, name, "it is no object");
		return;
	}
	while (!im->failed && json_next_key(r, &key)) {
		struct place at = { 0 };
		record_begin(im);
		at.id = record_copy(im, key);
		at.source = name;
		read_id(im, r, &at);
	}
}

int import_debian(struct import *im, struct feed_input *in)
{
	char name[512];
	struct bytes key;
	if (!import_source(im, BYTES_LIT("debian"), import_retrieved(im)))
		return -1;
	struct json_reader *r = import_json(im, in);
	if (r == NULL)
		return -1;
	(void)json_enter_object(r);
	while (!im->failed && json_next_key(r, &key)) {
		if (key.n > sizeof name) {
			import_skip(im, key, "the name of a source package is too long");
			continue;
		}
		memcpy(name, key.p, key.n);
		read_source(im, r, bytes_of(name, key.n));
	}
	return import_json_end(im, r);
}
