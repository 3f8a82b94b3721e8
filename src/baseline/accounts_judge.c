/* Checks over the accounts of an image, by name: rules/baseline/10-accounts.toml. */
#include <stdio.h>

#include "baseline/internal.h"

enum { FIRST_USER = 1000, NOBODY = 65534 };

struct judging {
	uint32_t rule;
	const struct baseline_fact *facts;
	size_t n;
	struct map seen; /* what is looked for → fact + 1 */
	struct baseline_judge_sink sink;
	struct error *err;
};

/* --- telling ------------------------------------------------------------------------- */

static bool is_plain_name(struct bytes name)
{
	for (size_t i = 0; i < name.n; i++) {
		uint8_t c = name.p[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
		bool other = (c >= '0' && c <= '9') || c == '.' || (c == '-' && i > 0);
		if (!letter && !other)
			return false;
	}
	return name.n > 0;
}

static int tell(const struct judging *j, const struct baseline_fact *f, const char *what,
		const char *command)
{
	char evidence[CHECK_EVIDENCE_MAX], fix[CHECK_EVIDENCE_MAX] = "";
	(void)snprintf(evidence, sizeof evidence, "%.*s: %s", (int)f->name.n,
		       (const char *)f->name.p, what);
	if (command != NULL && is_plain_name(f->name))
		(void)snprintf(fix, sizeof fix, "%s %.*s", command, (int)f->name.n,
			       (const char *)f->name.p);
	struct check_match m = { .rule = j->rule,
				 .path = f->path,
				 .line = f->line,
				 .evidence = bytes_str(evidence),
				 .fix = bytes_str(fix),
				 .key = bytes_sub(f->name, 0, CHECK_KEY_MAX) };
	return j->sink.match(j->sink.ctx, &m, f, j->err);
}

static int delete_line(const struct judging *j, const struct baseline_fact *f, const char *what)
{
	char fix[64 + LIMIT_PATH_BYTES];
	(void)snprintf(fix, sizeof fix, "sed -i '%u,%ud' '/%.*s'", f->line, f->line, (int)f->path.n,
		       (const char *)f->path.p);
	struct check_match m = { .rule = j->rule,
				 .path = f->path,
				 .line = f->line,
				 .evidence = bytes_str(what),
				 .fix = bytes_str(fix),
				 .key = bytes_sub(f->name, 0, CHECK_KEY_MAX) };
	return j->sink.match(j->sink.ctx, &m, f, j->err);
}

/* --- looking up ------------------------------------------------------------------------ */

static bool is_shadow(const struct baseline_fact *f)
{
	return account_file_at(f->path) == ACCOUNT_SHADOW;
}

static const struct baseline_fact *find(const struct judging *j, enum baseline_fact_kind kind,
					struct bytes name, bool in_shadow)
{
	for (size_t i = 0; i < j->n; i++)
		if (j->facts[i].kind == kind && bytes_equal(j->facts[i].name, name) &&
		    (kind != FACT_PASSWORD || is_shadow(&j->facts[i]) == in_shadow))
			return &j->facts[i];
	return NULL;
}

static bool has_file(const struct judging *j, enum account_file file)
{
	for (size_t i = 0; i < j->n; i++)
		if (account_file_at(j->facts[i].path) == file)
			return true;
	return false;
}

/* Its password's line: of shadow, or of passwd. */
static const struct baseline_fact *password_of(const struct judging *j,
					       const struct baseline_fact *user)
{
	return find(j, FACT_PASSWORD, user->name, user->password == PASSWORD_ELSEWHERE);
}

static bool can_log_in(struct bytes shell)
{
	struct bytes base = path_base(shell);
	return !bytes_equal(base, BYTES_LIT("nologin")) && !bytes_equal(base, BYTES_LIT("false")) &&
	       !bytes_equal(base, BYTES_LIT("sync")) && !bytes_equal(base, BYTES_LIT("halt")) &&
	       !bytes_equal(base, BYTES_LIT("shutdown")) && !bytes_equal(base, BYTES_LIT("true"));
}

/* The fact that had this key first; NULL: it is the first. */
static const struct baseline_fact *first_of(struct judging *j, struct bytes key, size_t i)
{
	bool fresh;
	uint64_t *at = map_put(&j->seen, key, &fresh);
	if (at == NULL || fresh) {
		if (at != NULL)
			*at = i;
		return NULL;
	}
	return &j->facts[*at];
}

/* --- the checks --------------------------------------------------------------------------- */

static int empty_password(struct judging *j, size_t i)
{
	const struct baseline_fact *f = &j->facts[i];
	if (f->kind != FACT_PASSWORD || f->password != PASSWORD_EMPTY)
		return 0;
	return tell(j, f, "no password is needed", "passwd -l");
}

static int weak_password(struct judging *j, size_t i)
{
	const struct baseline_fact *f = &j->facts[i];
	if (f->kind != FACT_PASSWORD || !f->weak)
		return 0;
	return tell(j, f, "a password that everybody tries first", "passwd -l");
}

static int des_hash(struct judging *j, size_t i)
{
	const struct baseline_fact *f = &j->facts[i];
	if (f->kind != FACT_PASSWORD || f->password != PASSWORD_DES)
		return 0;
	return tell(j, f, "hashed with DES", "passwd -l");
}

static int md5_hash(struct judging *j, size_t i)
{
	const struct baseline_fact *f = &j->facts[i];
	if (f->kind != FACT_PASSWORD || f->password != PASSWORD_MD5)
		return 0;
	return tell(j, f, "hashed with MD5", "passwd -l");
}

static int hash_in_passwd(struct judging *j, size_t i)
{
	const struct baseline_fact *f = &j->facts[i];
	if (f->kind != FACT_PASSWORD || is_shadow(f) || f->password < PASSWORD_DES)
		return 0;
	return tell(j, f, "its password's hash is where everybody can read it", "passwd -l");
}

static int duplicate_hash(struct judging *j, size_t i)
{
	const struct baseline_fact *f = &j->facts[i];
	char what[160];
	if (f->kind != FACT_PASSWORD || f->sum == 0)
		return 0;
	const struct baseline_fact *other = first_of(j, bytes_of(&f->sum, sizeof f->sum), i);
	if (other == NULL || bytes_equal(other->name, f->name))
		return 0;
	(void)snprintf(what, sizeof what, "the same password's hash as %.*s",
		       (int)(other->name.n > 100 ? 100 : other->name.n),
		       (const char *)other->name.p);
	return tell(j, f, what, "passwd -l");
}

static int root_password(struct judging *j, size_t i)
{
	const struct baseline_fact *f = &j->facts[i];
	if (f->kind != FACT_PASSWORD || f->password < PASSWORD_DES ||
	    !bytes_equal(f->name, BYTES_LIT("root")))
		return 0;
	return tell(j, f, "a password that every container of the image has", "passwd -l");
}

static int user_password(struct judging *j, size_t i)
{
	const struct baseline_fact *f = &j->facts[i];
	if (f->kind != FACT_PASSWORD || f->password < PASSWORD_DES ||
	    bytes_equal(f->name, BYTES_LIT("root")))
		return 0;
	return tell(j, f, "a password that every container of the image has", "passwd -l");
}

static int uid_zero(struct judging *j, size_t i)
{
	const struct baseline_fact *f = &j->facts[i];
	if (f->kind != FACT_USER || f->uid != 0 || bytes_equal(f->name, BYTES_LIT("root")))
		return 0;
	return delete_line(j, f, "uid 0 beside root");
}

static int root_gid(struct judging *j, size_t i)
{
	const struct baseline_fact *f = &j->facts[i];
	if (f->kind != FACT_USER || f->gid == 0 || !bytes_equal(f->name, BYTES_LIT("root")))
		return 0;
	return tell(j, f, "its group is not 0", "usermod -g 0");
}

static int duplicate(struct judging *j, size_t i, enum baseline_fact_kind kind, bool by_name,
		     const char *what)
{
	const struct baseline_fact *f = &j->facts[i];
	const uint32_t *id = kind == FACT_USER ? &f->uid : &f->gid;
	char text[160];
	if (f->kind != kind || (!by_name && *id == UINT32_MAX))
		return 0;
	const struct baseline_fact *other =
		first_of(j, by_name ? f->name : bytes_of(id, sizeof *id), i);
	if (other == NULL || (!by_name && bytes_equal(other->name, f->name)))
		return 0;
	/* Twins of root have a rule of their own. */
	if (!by_name && kind == FACT_USER && *id == 0)
		return 0;
	(void)snprintf(text, sizeof text, "%s as %.*s in line %u", what,
		       (int)(other->name.n > 60 ? 60 : other->name.n), (const char *)other->name.p,
		       other->line);
	return delete_line(j, f, text);
}

static int duplicate_uid(struct judging *j, size_t i)
{
	return duplicate(j, i, FACT_USER, false, "the same uid");
}

static int duplicate_name(struct judging *j, size_t i)
{
	return duplicate(j, i, FACT_USER, true, "the same name");
}

static int duplicate_gid(struct judging *j, size_t i)
{
	return duplicate(j, i, FACT_GROUP, false, "the same gid");
}

static int duplicate_group(struct judging *j, size_t i)
{
	return duplicate(j, i, FACT_GROUP, true, "the same name");
}

static int system_login(struct judging *j, size_t i)
{
	const struct baseline_fact *f = &j->facts[i];
	if (f->kind != FACT_USER || f->uid == 0 || (f->uid >= FIRST_USER && f->uid != NOBODY) ||
	    !can_log_in(f->shell))
		return 0;
	const struct baseline_fact *p = password_of(j, f);
	if (p == NULL || p->password == PASSWORD_LOCKED)
		return 0;
	return tell(j, f, "an account of the system with a shell and a password",
		    "usermod -s /usr/sbin/nologin");
}

static int legacy_entry(struct judging *j, size_t i)
{
	const struct baseline_fact *f = &j->facts[i];
	return f->kind != FACT_LEGACY ? 0 : delete_line(j, f, "a line of NIS");
}

static int no_shadow(struct judging *j, size_t i)
{
	const struct baseline_fact *f = &j->facts[i];
	if (f->kind != FACT_USER || f->password != PASSWORD_ELSEWHERE ||
	    !has_file(j, ACCOUNT_SHADOW) || password_of(j, f) != NULL)
		return 0;
	return delete_line(j, f, "its password is said to be in shadow, which has none");
}

static int no_group(struct judging *j, size_t i)
{
	const struct baseline_fact *f = &j->facts[i];
	if (f->kind != FACT_USER || f->gid == UINT32_MAX || !has_file(j, ACCOUNT_GROUP))
		return 0;
	for (size_t k = 0; k < j->n; k++)
		if (j->facts[k].kind == FACT_GROUP && j->facts[k].gid == f->gid)
			return 0;
	return tell(j, f, "its group is not there", "usermod -g nogroup");
}

static int shadow_members(struct judging *j, size_t i)
{
	const struct baseline_fact *f = &j->facts[i];
	if (f->kind != FACT_GROUP || f->members == 0 || !bytes_equal(f->name, BYTES_LIT("shadow")))
		return 0;
	return tell(j, f, "members of this group read all hashes of passwords", "gpasswd -M ''");
}

static int group_password(struct judging *j, size_t i)
{
	const struct baseline_fact *f = &j->facts[i];
	if (f->kind != FACT_GROUP_PASSWORD)
		return 0;
	return tell(j, f, "a password makes anybody a member", "gpasswd -r");
}

/* --- by name ------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	int (*judge)(struct judging *j, size_t fact);
} checks[] = {
	{ "empty-password", empty_password },
	{ "weak-password", weak_password },
	{ "des-hash", des_hash },
	{ "md5-hash", md5_hash },
	{ "hash-in-passwd", hash_in_passwd },
	{ "duplicate-hash", duplicate_hash },
	{ "root-password", root_password },
	{ "user-password", user_password },
	{ "uid-zero", uid_zero },
	{ "root-gid", root_gid },
	{ "duplicate-uid", duplicate_uid },
	{ "duplicate-name", duplicate_name },
	{ "duplicate-gid", duplicate_gid },
	{ "duplicate-group", duplicate_group },
	{ "system-login", system_login },
	{ "legacy-entry", legacy_entry },
	{ "no-shadow", no_shadow },
	{ "no-group", no_group },
	{ "shadow-members", shadow_members },
	{ "group-password", group_password },
};

bool account_check_known(struct bytes check)
{
	for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++)
		if (bytes_equal(check, bytes_str(checks[i].name)))
			return true;
	return false;
}

int judge_accounts(uint32_t rule, struct bytes check, const struct baseline_fact *facts, size_t n,
		   struct baseline_judge_sink sink, struct error *err)
{
	struct judging j = { .rule = rule, .facts = facts, .n = n, .sink = sink, .err = err };
	int r = 0;
	map_init(&j.seen);
	for (size_t c = 0; c < sizeof checks / sizeof checks[0]; c++)
		for (size_t i = 0; r == 0 && bytes_equal(check, bytes_str(checks[c].name)) && i < n;
		     i++)
			r = checks[c].judge(&j, i);
	map_free(&j.seen);
	return r;
}

int baseline_judge(const struct check_rules *rules, const struct baseline_fact *facts, size_t n,
		   struct baseline_judge_sink sink, struct error *err)
{
	struct check_rule_info info;
	for (size_t i = 0; n > 0 && i < check_rules_count(rules); i++) {
		check_rule_info(rules, i, &info);
		if (info.family != CHECK_BASELINE || !info.enabled ||
		    strcmp(info.engine, "account") != 0)
			continue;
		if (judge_accounts((uint32_t)i, node_text(info.table, "check"), facts, n, sink,
				   err) < 0)
			return -1;
	}
	return 0;
}
