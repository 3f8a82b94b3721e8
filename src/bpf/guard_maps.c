/* The maps' operations. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "bpf/bpf_internal.h"
#include "bpf/system_calls.h"

enum { FILE_OPS = 16 }; /* entries of the map `file_ops` */

static int set(struct guard_bpf *b, enum guard_map map, const void *key, const void *value,
	       struct error *err)
{
	if (b->map[map] < 0)
		return error_set(err, ERR_UNSUPPORTED, "this kernel has no map of %s",
				 guard_map_names[map]);
	if (bpf_map_update_elem(b->map[map], key, value, BPF_ANY) != 0)
		return errno == E2BIG || errno == ENOSPC
			       ? error_set(err, ERR_LIMIT, "the kernel's table of %s is full",
					   guard_map_names[map])
			       : error_errno(err, "the kernel's table of %s", guard_map_names[map]);
	return 0;
}

static int drop(struct guard_bpf *b, enum guard_map map, const void *key, struct error *err)
{
	if (b->map[map] < 0 || bpf_map_delete_elem(b->map[map], key) == 0 || errno == ENOENT)
		return 0;
	return error_errno(err, "the kernel's table of %s", guard_map_names[map]);
}

int guard_bpf_policy_set(struct guard_bpf *b, uint32_t policy, const struct guard_policy *p,
			 struct error *err)
{
	if (policy == 0 || policy >= GUARD_POLICIES)
		return error_set(err, ERR_LIMIT, "policy %u: there are 1 to %d", policy,
				 GUARD_POLICIES - 1);
	return set(b, MAP_POLICIES, &policy, p, err);
}

/* The programs compare suffixes from the right: there they stand in their bytes. */
static void suffixes_to_the_right(struct guard_file_rule *r)
{
	for (size_t i = 0; i < GUARD_SUFFIXES; i++) {
		char right[GUARD_SUFFIX_BYTES] = "";
		size_t n = strnlen(r->suffix[i], GUARD_SUFFIX_BYTES);

		memcpy(right + GUARD_SUFFIX_BYTES - n, r->suffix[i], n);
		memcpy(r->suffix[i], right, GUARD_SUFFIX_BYTES);
	}
}

/* Which rules name an operation: so that a program looks at no other's. */
static int file_ops_set(struct guard_bpf *b, uint32_t i, uint32_t ops, struct error *err)
{
	for (uint32_t bit = 0; bit < FILE_OPS; bit++) {
		uint64_t rules = 0;

		(void)bpf_map_lookup_elem(b->map[MAP_FILE_OPS], &bit, &rules);
		rules &= ~(UINT64_C(1) << i);
		if ((ops >> bit & 1) != 0)
			rules |= UINT64_C(1) << i;
		if (set(b, MAP_FILE_OPS, &bit, &rules, err) != 0)
			return -1;
	}
	return 0;
}

int guard_bpf_file_rule_set(struct guard_bpf *b, uint32_t i, const struct guard_file_rule *r,
			    struct error *err)
{
	struct guard_file_rule own = *r;

	if (i >= GUARD_FILE_RULES)
		return error_set(err, ERR_LIMIT, "file rule %u: there are %d", i, GUARD_FILE_RULES);
	suffixes_to_the_right(&own);
	if (set(b, MAP_FILE_RULES, &i, &own, err) != 0)
		return -1;
	b->earlier_files &= ~(UINT64_C(1) << i);
	return file_ops_set(b, i, r->ops, err);
}

void guard_file_rules_note(struct guard_bpf *b)
{
	for (uint32_t bit = 0; b->map[MAP_FILE_OPS] >= 0 && bit < FILE_OPS; bit++) {
		uint64_t rules = 0;

		(void)bpf_map_lookup_elem(b->map[MAP_FILE_OPS], &bit, &rules);
		b->earlier_files |= rules;
	}
}

uint64_t guard_bpf_file_rules_earlier(const struct guard_bpf *b)
{
	return b->earlier_files;
}

int guard_bpf_container_set(struct guard_bpf *b, uint64_t cgroup, const struct guard_container *c,
			    struct error *err)
{
	return set(b, MAP_CONTAINERS, &cgroup, c, err);
}

int guard_bpf_container_drop(struct guard_bpf *b, uint64_t cgroup, struct error *err)
{
	if (drop(b, MAP_STARTED, &cgroup, err) != 0)
		return -1;
	return drop(b, MAP_CONTAINERS, &cgroup, err);
}

int guard_bpf_expect(struct guard_bpf *b, uint64_t cgroup_key, const struct guard_container *c,
		     struct error *err)
{
	return set(b, MAP_EXPECTED, &cgroup_key, c, err);
}

int guard_bpf_expect_drop(struct guard_bpf *b, uint64_t cgroup_key, struct error *err)
{
	return drop(b, MAP_EXPECTED, &cgroup_key, err);
}

int guard_bpf_verdict_set(struct guard_bpf *b, const struct guard_file_id *f,
			  const struct guard_verdict *v, struct error *err)
{
	return set(b, MAP_VERDICTS, f, v, err);
}

int guard_bpf_verdict_drop(struct guard_bpf *b, const struct guard_file_id *f, struct error *err)
{
	return drop(b, MAP_VERDICTS, f, err);
}

int guard_bpf_trusted_set(struct guard_bpf *b, const struct guard_file_id *program, uint64_t rules,
			  struct error *err)
{
	uint64_t before = 0;

	if (b->earlier_files != 0)
		(void)bpf_map_lookup_elem(b->map[MAP_TRUSTED], program, &before);
	rules |= before & b->earlier_files;
	return rules != 0 ? set(b, MAP_TRUSTED, program, &rules, err)
			  : drop(b, MAP_TRUSTED, program, err);
}

int guard_bpf_interpreter_set(struct guard_bpf *b, const struct guard_file_id *program,
			      bool interprets, struct error *err)
{
	uint32_t one = 1;

	return interprets ? set(b, MAP_INTERPRETERS, program, &one, err)
			  : drop(b, MAP_INTERPRETERS, program, err);
}

int guard_bpf_protect(struct guard_bpf *b, int inode, const struct guard_protect *p,
		      struct error *err)
{
	struct guard_protect all = *p, before = { 0 };

	if (b->earlier_files != 0 && b->map[MAP_PROTECT] >= 0)
		(void)bpf_map_lookup_elem(b->map[MAP_PROTECT], &inode, &before);
	all.below |= before.below & b->earlier_files;
	all.self |= before.self & b->earlier_files;
	all.above |= before.above & b->earlier_files;
	if (all.below == 0 && all.self == 0 && all.above == 0)
		return drop(b, MAP_PROTECT, &inode, err);
	return set(b, MAP_PROTECT, &inode, &all, err);
}

int guard_settings_write(struct guard_bpf *b, const struct guard_settings *s, struct error *err)
{
	uint32_t zero = 0;

	if (set(b, MAP_SETTINGS, &zero, s, err) != 0)
		return -1;
	b->settings = *s;
	return 0;
}

int guard_bpf_settings_set(struct guard_bpf *b, const struct guard_settings *s, struct error *err)
{
	struct guard_settings own = *s;

	own.backend = s->backend != 0 ? s->backend & b->backends : b->backends;
	return guard_settings_write(b, &own, err);
}

int guard_lsm_items_write(struct guard_bpf *b, struct error *err)
{
	uint64_t items = 0;
	uint32_t zero = 0;
	char cause[CAUSE_MOST];

	for (unsigned i = 0; i < GUARD_ITEMS; i++) {
		if (guard_bpf_item(b, (enum guard_item)i, BACKEND_BPF_LSM, cause, sizeof(cause)))
			items |= UINT64_C(1) << i;
	}
	return set(b, MAP_LSM_ITEMS, &zero, &items, err);
}

/* Runs the iterator over all tasks. Two rounds: what a thread without a label
 * started during the first has none either. */
static int relabel_run(struct guard_bpf *b)
{
	char none[64];

	for (int round = 0; round < 2; round++) {
		int link = bpf_link_create(b->relabel, 0, BPF_TRACE_ITER, NULL), iterator;

		if (link < 0)
			return -1;
		iterator = bpf_iter_create(link);
		(void)close(link);
		if (iterator < 0)
			return -1;
		while (read(iterator, none, sizeof(none)) > 0)
			;
		(void)close(iterator);
	}
	return 0;
}

static int tgid_of_pidfd(int pidfd, uint32_t *ret, struct error *err)
{
	char path[64], line[128];
	cleanup_fclose FILE *f = NULL;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", pidfd);
	f = fopen(path, "re");
	if (f == NULL)
		return error_errno(err, "%s", path);
	while (fgets(line, sizeof(line), f) != NULL) {
		if (strncmp(line, "Pid:", 4) == 0) {
			long pid = strtol(line + 4, NULL, 10);

			if (pid <= 0)
				break;
			*ret = (uint32_t)pid;
			return 0;
		}
	}
	return error_set(err, ERR_NOT_FOUND, "the process to be labelled has ended");
}

int guard_bpf_label(struct guard_bpf *b, int pidfd, const struct guard_label *l, struct error *err)
{
	uint32_t tgid;
	int failed;

	if (b->relabel < 0)
		return error_set(err, ERR_UNSUPPORTED,
				 "processes that run cannot be labelled: this kernel has no "
				 "iterator of tasks");
	if (tgid_of_pidfd(pidfd, &tgid, err) != 0 || set(b, MAP_RELABEL, &tgid, l, err) != 0)
		return -1;
	failed = relabel_run(b);
	if (failed != 0)
		(void)error_errno(err, "process %u cannot be labelled", tgid);
	(void)drop(b, MAP_RELABEL, &tgid, NULL);
	return failed;
}

static void add_stats(struct guard_stats *sum, const struct guard_stats *one)
{
	uint64_t *to = (uint64_t *)sum;
	const uint64_t *from = (const uint64_t *)one;

	for (size_t i = 0; i < sizeof(*sum) / sizeof(*to); i++)
		to[i] += from[i];
}

static void use_policy(uint64_t used[GUARD_POLICY_WORDS], uint32_t policy)
{
	if (policy < GUARD_POLICIES)
		used[policy / 64] |= 1ull << policy % 64;
}

/* Keys of both maps are 64 bits. A key that goes while the map is walked starts the
 * walk again (bpf(2), BPF_MAP_GET_NEXT_KEY): it ends after as many steps as there can be. */
static void use_policies_of(int map, uint64_t used[GUARD_POLICY_WORDS])
{
	uint64_t key, *at = NULL;
	struct guard_container c;

	for (int i = 0; i < 2 * GUARD_CONTAINERS && bpf_map_get_next_key(map, at, &key) == 0; i++) {
		if (bpf_map_lookup_elem(map, &key, &c) == 0)
			use_policy(used, c.policy);
		at = &key;
	}
}

int guard_bpf_policies_used(struct guard_bpf *b, uint64_t ret[GUARD_POLICY_WORDS],
			    struct error *err)
{
	struct guard_settings s;
	uint32_t zero = 0;

	memset(ret, 0, GUARD_POLICY_WORDS * sizeof(*ret));
	if (bpf_map_lookup_elem(b->map[MAP_SETTINGS], &zero, &s) != 0)
		return error_errno(err, "the kernel's settings");
	use_policy(ret, s.default_policy);
	use_policies_of(b->map[MAP_CONTAINERS], ret);
	use_policies_of(b->map[MAP_EXPECTED], ret);
	return 0;
}

int guard_bpf_stats(struct guard_bpf *b, struct guard_stats *ret, struct error *err)
{
	int cpus = libbpf_num_possible_cpus();
	struct guard_stats sum = { 0 };
	cleanup_free struct guard_stats *each = NULL;
	uint32_t zero = 0;

	if (cpus <= 0)
		return error_set(err, ERR_IO, "the number of processors cannot be told");
	each = calloc((size_t)cpus, sizeof(*each));
	if (each == NULL)
		return error_set(err, ERR_MEMORY, "counters: no memory");
	if (bpf_map_lookup_elem(b->map[MAP_STATS], &zero, each) != 0)
		return error_errno(err, "the kernel's counters");
	for (int i = 0; i < cpus; i++)
		add_stats(&sum, &each[i]);
	*ret = sum;
	return 0;
}
