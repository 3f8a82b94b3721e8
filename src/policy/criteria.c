/* Rules asked about one subject. */
#include "policy/internal.h"

bool globs_match_id(const struct globs *g, const struct finding *f)
{
	if (globs_match(g, f->id) || globs_match(g, f->rule))
		return true;
	for (size_t i = 0; i < f->alias_count; i++)
		if (globs_match(g, f->aliases[i]))
			return true;
	return false;
}

/* By the name that is installed, the one that advisories speak of, or the purl. */
bool globs_match_package(const struct globs *g, const struct package *p)
{
	return p != NULL && (globs_match(g, p->name) || globs_match(g, p->source_name) ||
			     globs_match(g, p->purl));
}

/* --- scope ---------------------------------------------------------------------- */

static bool asks(const struct globs *g)
{
	return g->count > 0;
}

static bool in_repositories(const struct globs *g, const struct policy_facts *f)
{
	return globs_match(g, f->repository) || globs_match(g, f->familiar);
}

/* "repository:tag"; a pattern without a tag is about all of them. */
static bool in_images(const struct globs *g, const struct policy_facts *f)
{
	char full[1024], familiar[1024];
	if (f->repository == NULL)
		return false;
	const char *tag = f->tag == NULL ? "" : f->tag, *colon = tag[0] == '\0' ? "" : ":";
	(void)snprintf(full, sizeof full, "%s%s%s", f->repository, colon, tag);
	(void)snprintf(familiar, sizeof familiar, "%s%s%s", f->familiar, colon, tag);
	return globs_match(g, full) || globs_match(g, familiar) || in_repositories(g, f);
}

static bool has_label(const struct policy_facts *f, const struct label_glob *wanted)
{
	for (size_t i = 0; i < f->label_count; i++)
		if (policy_glob(wanted->key, f->labels[i].key) &&
		    policy_glob(wanted->value, f->labels[i].value))
			return true;
	return false;
}

bool scope_matches(const struct scope *s, const struct policy_facts *f)
{
	for (size_t i = 0; i < s->label_count; i++)
		if (!has_label(f, &s->labels[i]))
			return false;
	return (!asks(&s->images) || in_images(&s->images, f)) &&
	       (!asks(&s->repositories) || in_repositories(&s->repositories, f)) &&
	       (!asks(&s->clusters) || globs_match(&s->clusters, f->cluster)) &&
	       (!asks(&s->spaces) || globs_match(&s->spaces, f->space)) &&
	       (!asks(&s->apps) || globs_match(&s->apps, f->app));
}

/* --- findings -------------------------------------------------------------------- */

static bool answers(enum answer wanted, bool is)
{
	return wanted == ANSWER_ANY || is == (wanted == ANSWER_YES);
}

static bool in_bits(unsigned bits, unsigned value)
{
	return bits == 0 || (value < 32 && (bits >> value & 1) != 0);
}

/* "CVE-2024-1234" can be as old as its year's first day: for a rule that gives time to
 * mend, the strict side. */
static int64_t year_of(const char *id)
{
	struct bytes rest = bytes_str(id), field;
	uint64_t year;
	char date[16];
	int64_t seconds;
	if (!bytes_next_field(&rest, '-', &field) || !bytes_equal(field, BYTES_LIT("CVE")) ||
	    !bytes_next_field(&rest, '-', &field) || !bytes_to_u64(field, &year) || field.n != 4)
		return 0;
	(void)snprintf(date, sizeof date, "%04u-01-01", (unsigned)year);
	return rfc3339_parse(bytes_str(date), &seconds) ? seconds : 0;
}

/* Since when it is known, and what says so. A published day beats the year of an id;
 * whoever exploited it knew it, too. */
struct known {
	int64_t since; /* 0: nothing says */
	const char *by;
};

static struct known known_since(const struct finding *f)
{
	struct known k = { (int64_t)f->published * POLICY_DAY, "published" };
	int64_t added;
	if (k.since == 0)
		k = (struct known){ year_of(f->id), "the year of its id" };
	if (f->kev_added != NULL && rfc3339_parse(bytes_str(f->kev_added), &added) &&
	    (k.since == 0 || added < k.since))
		k = (struct known){ added, "known to be exploited" };
	return k;
}

/* What has no date counts as old: nothing says that there is still time. */
static bool is_old(const struct finding *f, int64_t days, int64_t now)
{
	int64_t since = known_since(f).since;
	return since == 0 || (now - since) / POLICY_DAY >= days;
}

const char *criteria_why_finding(const struct criteria *c, const struct finding *f, int64_t now,
				 struct arena *arena)
{
	char date[RFC3339_TEXT];
	struct known k = known_since(f);
	if (c->age < 0)
		return NULL;
	if (k.since == 0)
		return "since when it is known cannot be told";
	rfc3339_text(k.since, date);
	return arena_printf(arena, "known for %lld days, since %.10s (%s)",
			    (long long)((now - k.since) / POLICY_DAY), date, k.by);
}

static bool in_paths(const struct globs *g, const struct finding *f)
{
	return globs_match(g, f->path) || (f->package != NULL && globs_match(g, f->package->path));
}

bool criteria_match_finding(const struct criteria *c, const struct finding *f, int64_t now)
{
	return in_bits(c->severities, f->severity) && in_bits(c->statuses, f->status) &&
	       in_bits(c->priorities, f->priority) && in_bits(c->origins, f->origin) &&
	       answers(c->fix_available, f->fixed_version != NULL) &&
	       answers(c->kev, f->kev_added != NULL) &&
	       (c->epss < 0 || (f->epss >= 0 && f->epss >= c->epss)) &&
	       (!asks(&c->families) || globs_match(&c->families, f->family)) &&
	       (!asks(&c->classes) || globs_match(&c->classes, f->class)) &&
	       (!asks(&c->ids) || globs_match_id(&c->ids, f)) &&
	       (!asks(&c->packages) || globs_match_package(&c->packages, f->package)) &&
	       (!asks(&c->paths) || in_paths(&c->paths, f)) &&
	       (c->age < 0 || is_old(f, c->age, now));
}

/* --- packages, what is missing, the image ------------------------------------------ */

bool criteria_match_package(const struct criteria *c, const struct package *p)
{
	return in_bits(c->origins, p->origin) &&
	       (!asks(&c->licences) || licence_hit(&c->licences, p->license)) &&
	       (!asks(&c->installed) || globs_match_package(&c->installed, p)) &&
	       (!asks(&c->packages) || globs_match_package(&c->packages, p)) &&
	       (!asks(&c->paths) || globs_match(&c->paths, p->path));
}

bool criteria_match_incomplete(const struct criteria *c, const struct scan_incomplete *i)
{
	return globs_match(&c->incomplete, error_code_name(i->code));
}

/* Images that are built reproducibly say 1970 or the year 1. */
static bool is_date(int64_t created)
{
	enum { YEAR_2000 = 946684800 };
	return created >= YEAR_2000;
}

static const char *too_old(const char *what, int64_t most, int64_t created, int64_t now,
			   struct arena *arena)
{
	int64_t days = (now - created) / POLICY_DAY;
	if (most < 0)
		return NULL;
	if (!is_date(created))
		return arena_printf(arena, "how old the %s is cannot be told", what);
	if (days < most)
		return NULL;
	return arena_printf(arena, "the %s is %lld days old; the rule ends at %lld", what,
			    (long long)days, (long long)most);
}

const char *criteria_match_image(const struct criteria *c, const struct policy_facts *f,
				 struct arena *arena)
{
	const char *image = too_old("image", c->image_age, f->created, f->now, arena);
	const char *base = too_old("base image", c->base_image_age, f->base_created, f->now, arena);
	if (c->image_age >= 0 && c->base_image_age >= 0)
		return image == NULL || base == NULL ? NULL
						     : arena_printf(arena, "%s; %s", image, base);
	return image != NULL ? image : base;
}
