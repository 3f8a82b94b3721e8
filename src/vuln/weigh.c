/* For each name the facts are read in the order of ids. Ranges of one id are
 * weighed together into one verdict a list; Ubuntu's two lists, the archive's
 * and Ubuntu Pro's, are walked side by side. */
#include "vuln/weigh.h"

#include "vuln/module.h"

/* One version under comparison. */
struct subject {
	uint32_t number; /* from 1 */
	const struct package *package;
	const char *version;
	struct vercmp_prepared read; /* the version */
	struct vercmp_prepared bare; /* … without its epoch, where has_bare */
	bool has_bare;
	bool own; /* the answer holds for this package only, not for its source's others */
};

/* What the facts of one list say of one id. */
struct verdict {
	bool known; /* a fact is about this package */
	bool affected;
	uint32_t index; /* of the fact that decides */
	const struct vulndb_fact *fact; /* that one, in room; NULL: not known */
	struct vulndb_fact room[2]; /* the best so far and the next one, by turns */
};

void weigher_free(struct weigher *w)
{
	free(w->touches);
}

/* --- one fact ---------------------------------------------------------------- */

/* The others of the same source have to be told too, so nothing is remembered. */
static void degrade(struct weigher *w, struct subject *s, const char *what, const char *version)
{
	s->own = true;
	w->stats->unparsable++;
	w->degraded(w->ctx, s->package, what, version);
}

static bool has_epoch(const char *version)
{
	size_t digits = strspn(version, "0123456789");
	return digits > 0 && version[digits] == ':';
}

/* The version against one bound; false when the bound is no version. */
static bool against(struct weigher *w, struct subject *s, const char *what, const char *bound,
		    int *ret)
{
	struct compared *c = &w->compared[(uintptr_t)bound % COMPARED];
	if (c->bound != bound || c->subject != s->number) {
		int result;
		bool bare = s->has_bare && !has_epoch(bound);
		if (!vercmp_with(bare ? &s->bare : &s->read, bytes_str(bound), &result)) {
			degrade(w, s, what, bound);
			return false;
		}
		*c = (struct compared){ bound, s->number, result };
	}
	*ret = c->result;
	return true;
}

/* Does the version lie in the fact's range? A bound that cannot be read takes
 * only its own fact out of the comparison, and says so. */
static bool in_range(struct weigher *w, struct subject *s, const struct vulndb_fact *f)
{
	int c;
	w->stats->compared++;
	if (f->introduced[0] != '\0' &&
	    (!against(w, s, "the first affected version", f->introduced, &c) || c < 0))
		return false;
	if (f->fixed[0] != '\0' && (!against(w, s, "the fixed version", f->fixed, &c) || c >= 0))
		return false;
	if (f->last_affected[0] != '\0' &&
	    (!against(w, s, "the last affected version", f->last_affected, &c) || c > 0))
		return false;
	return true;
}

static bool is_about(struct subject *s, const struct vulndb_fact *f)
{
	if (f->arch[0] != '\0' || s->package->type == PKG_RPM)
		s->own = true;
	return (f->arch[0] == '\0' || strcmp(f->arch, s->package->arch) == 0) &&
	       module_fits(f, s->package, s->version);
}

/* Of two ranges that hold the version the one that takes longer to leave: no
 * end, then a last affected version without a fixed one, then the later fix. */
static bool outlasts(enum vercmp_scheme scheme, const struct vulndb_fact *a,
		     const struct vulndb_fact *b)
{
	int rank_a = a->fixed[0] != '\0' ? 0 : a->last_affected[0] != '\0' ? 1 : 2;
	int rank_b = b->fixed[0] != '\0' ? 0 : b->last_affected[0] != '\0' ? 1 : 2;
	int c = 0;
	if (rank_a != rank_b)
		return rank_a > rank_b;
	return rank_a == 0 && vercmp(scheme, bytes_str(a->fixed), bytes_str(b->fixed), &c) && c > 0;
}

/* --- one id -------------------------------------------------------------------- */

/* Weighs the facts of one id, of which r->first is the first one, and steps
 * over them. */
static int weigh_id(struct weigher *w, struct subject *s, uint32_t id, struct vulndb_range *r,
		    struct verdict *ret, struct error *err)
{
	ret->known = ret->affected = false;
	ret->fact = NULL;
	for (; r->count > 0; r->first++, r->count--) {
		struct vulndb_fact *f = &ret->room[ret->fact == &ret->room[0]];
		uint32_t its;
		if (vulndb_fact_id(w->db, r->first, &its, err) < 0)
			return -1;
		if (its != id)
			break;
		if (vulndb_fact_at(w->db, r->first, f, err) < 0)
			return -1;
		if (f->status == STATUS_NOT_AFFECTED || !is_about(s, f))
			continue;
		bool affected = in_range(w, s, f);
		if (!ret->known || (affected && !ret->affected) ||
		    (affected == ret->affected && outlasts(w->eco->scheme, f, ret->fact))) {
			ret->fact = f;
			ret->index = r->first;
		}
		ret->known = true;
		ret->affected |= affected;
	}
	return 0;
}

static int add_touch(struct weigher *w, uint32_t fact, bool pro_only, struct error *err)
{
	if (w->touch_count == w->touch_cap) {
		size_t cap = w->touch_cap == 0 ? 256 : w->touch_cap * 2;
		struct touch *more = reallocarray(w->touches, cap, sizeof *more);
		if (more == NULL)
			return error_set(err, ERR_MEMORY, "no memory for %zu findings", cap);
		w->touches = more;
		w->touch_cap = cap;
	}
	w->touches[w->touch_count++] = (struct touch){ fact, pro_only };
	vulndb_id_ahead(w->db, fact);
	return 0;
}

/* Both lists know the id, or one of them does. A version that has Pro's fix is
 * not affected, whoever installed it. */
static int decide(struct weigher *w, const struct verdict *plain, const struct verdict *pro,
		  struct error *err)
{
	bool pro_fixes = pro->known && pro->fact->fixed[0] != '\0';
	if (plain->affected && plain->fact->fixed[0] != '\0')
		return add_touch(w, plain->index, false, err);
	if (pro_fixes && !pro->affected)
		return 0;
	if (pro_fixes && w->eco->pro_in_force)
		return add_touch(w, pro->index, false, err);
	if (pro_fixes && (plain->affected || !plain->known))
		return add_touch(w, pro->index, true, err);
	if (plain->affected)
		return add_touch(w, plain->index, false, err);
	if (pro->affected && !plain->known)
		return add_touch(w, pro->index, false, err);
	return 0;
}

/* The smallest id that one of the lists goes on with. */
static int next_id(const struct weigher *w, const struct vulndb_range ranges[static LISTS],
		   uint32_t *ret, struct error *err)
{
	uint32_t smallest = UINT32_MAX, id;
	for (int l = 0; l < LISTS; l++) {
		if (ranges[l].count == 0)
			continue;
		if (vulndb_fact_id(w->db, ranges[l].first, &id, err) < 0)
			return -1;
		if (id < smallest)
			smallest = id;
	}
	*ret = smallest;
	return 0;
}

/* --- one name and version -------------------------------------------------------- */

static int weigh_ranges(struct weigher *w, struct subject *s,
			struct vulndb_range ranges[static LISTS], struct error *err)
{
	struct verdict verdicts[LISTS]; /* not in the loop: they would be cleared there */
	uint32_t id;
	while (ranges[LIST_MAIN].count > 0 || ranges[LIST_PRO].count > 0) {
		if (next_id(w, ranges, &id, err) < 0)
			return -1;
		for (int l = 0; l < LISTS; l++)
			if (weigh_id(w, s, id, &ranges[l], &verdicts[l], err) < 0)
				return -1;
		if (decide(w, &verdicts[LIST_MAIN], &verdicts[LIST_PRO], err) < 0)
			return -1;
	}
	return 0;
}

static struct answer *answer_of(struct weigher *w, const struct vulndb_range r[static LISTS])
{
	uint32_t mixed = (r[LIST_MAIN].first + 31 * r[LIST_PRO].first) * 2654435761u;
	return &w->answers[mixed >> (32 - ANSWERS_BITS)];
}

static bool answers(const struct answer *a, const struct vulndb_range r[static LISTS],
		    const char *version)
{
	return a->version != NULL && a->first[LIST_MAIN] == r[LIST_MAIN].first &&
	       a->first[LIST_PRO] == r[LIST_PRO].first && strcmp(a->version, version) == 0;
}

int weigh(struct weigher *w, const struct package *p, const char *name, const char *version,
	  struct touched *ret, struct error *err)
{
	struct subject s = { .number = ++w->subjects, .package = p, .version = version };
	struct vulndb_range ranges[LISTS];
	const struct bytes key = bytes_str(name);
	*ret = (struct touched){ .first = w->touch_count };
	for (int l = 0; l < LISTS; l++)
		if (vulndb_find(w->db, &w->lists[l], key, &ranges[l], err) < 0)
			return -1;
	if (ranges[LIST_MAIN].count == 0 && ranges[LIST_PRO].count == 0)
		return 0;
	struct answer *known = answer_of(w, ranges);
	struct answer fresh = { { ranges[LIST_MAIN].first, ranges[LIST_PRO].first },
				version,
				*ret };
	if (answers(known, ranges, version)) {
		*ret = known->touched;
		return 0;
	}
	if (!vercmp_prepare(w->eco->scheme, bytes_str(version), &s.read)) {
		degrade(w, &s, "the package's version", version);
		return 0;
	}
	s.has_bare = w->eco->loses_epochs && has_epoch(version) &&
		     vercmp_prepare(w->eco->scheme, bytes_str(strchr(version, ':') + 1), &s.bare);
	if (weigh_ranges(w, &s, ranges, err) < 0)
		return -1;
	ret->count = w->touch_count - ret->first;
	fresh.touched = *ret;
	if (!s.own)
		*known = fresh;
	return 0;
}
