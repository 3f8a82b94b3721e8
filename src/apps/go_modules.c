/* The lines of Go's build information (runtime/debug.BuildInfo of the Go source),
 * each a word and fields between tabs:
 *
 *	path	example.org/a/cmd/a		the command's package
 *	mod	example.org/a	v1.2.0	h1:…	its module
 *	dep	example.org/b	v1.0.0	h1:…	a module that it needs
 *	=>	example.org/c	v1.1.0	h1:…	what stands in for the one before
 *	build	-ldflags="-s -X main.version=1.2.0"
 *
 * A replacement by a folder ("=> ../b") is the former module with changes: it is told
 * under its name, without a version that it may no longer have. */
#include "apps/go_build.h"

const struct go_product go_products[] = {
	{ "code.gitea.io/gitea", "gitea", true },
	{ "github.com/argoproj/argo-cd", "argo-cd", true },
	{ "github.com/argoproj/argo-workflows", "argo-workflows", true },
	{ "github.com/caddyserver/caddy", "caddy", true },
	{ "github.com/cilium/cilium", "cilium", true },
	{ "github.com/concourse/concourse", "concourse", true },
	{ "github.com/containerd/containerd", "containerd", true },
	{ "github.com/coredns/coredns", "coredns", true },
	{ "github.com/docker/docker", "docker", false },
	{ "github.com/git-lfs/git-lfs", "git-lfs", true },
	{ "github.com/goharbor/harbor", "harbor", false },
	{ "github.com/gohugoio/hugo", "hugo", true },
	{ "github.com/grafana/grafana", "grafana", false },
	{ "github.com/hashicorp/consul", "consul", false },
	{ "github.com/hashicorp/vault", "vault", false },
	{ "github.com/influxdata/influxdb", "influxdb", false },
	{ "github.com/jaegertracing/jaeger", "jaeger", true },
	{ "github.com/kyverno/kyverno", "kyverno", true },
	{ "github.com/minio/minio", "minio", false },
	{ "github.com/nats-io/nats-server", "nats", true },
	{ "github.com/oauth2-proxy/oauth2-proxy", "oauth2-proxy", true },
	{ "github.com/openbao/openbao", "openbao", false },
	{ "github.com/opencontainers/runc", "runc", true },
	{ "github.com/projectcontour/contour", "contour", true },
	{ "github.com/prometheus/alertmanager", "alertmanager", true },
	{ "github.com/prometheus/prometheus", "prometheus", false },
	{ "github.com/rclone/rclone", "rclone", true },
	{ "github.com/syncthing/syncthing", "syncthing", true },
	{ "github.com/tianon/gosu", "gosu", true },
	{ "github.com/traefik/traefik", "traefik", true },
	{ "gitlab.com/gitlab-org/gitlab-runner", "gitlab-runner", false },
	{ "go.etcd.io/etcd", "etcd", true },
	{ "go.etcd.io/etcd/server", "etcd", true },
	{ "helm.sh/helm", "helm", true },
	{ "k8s.io/kubernetes", "kubernetes", true },
	{ "sigs.k8s.io/kustomize/kustomize", "kustomize", true },
	{ NULL, NULL, false },
};

struct module {
	struct bytes path, version;
};

struct go_facts {
	struct bytes command; /* path */
	struct module main;
	struct bytes flags; /* of the linker */
};

enum go_word { WORD_PATH, WORD_MOD, WORD_DEP, WORD_REPLACED, WORD_BUILD, WORD_OTHER };

static enum go_word cut_word(struct bytes line, struct bytes *ret_rest)
{
	static const struct bytes words[] = { APP_LIT("path\t"), APP_LIT("mod\t"), APP_LIT("dep\t"),
					      APP_LIT("=>\t"), APP_LIT("build\t") };
	for (size_t i = 0; i < WORD_OTHER; i++) {
		if (!bytes_starts_with(line, words[i]))
			continue;
		*ret_rest = bytes_sub(line, words[i].n, line.n);
		return (enum go_word)i;
	}
	return WORD_OTHER;
}

static struct module module_of(struct bytes fields)
{
	struct module m = { 0 };
	(void)bytes_next_field(&fields, '\t', &m.path);
	(void)bytes_next_field(&fields, '\t', &m.version);
	return m;
}

static bool is_development(struct bytes version)
{
	return version.n == 0 || bytes_equal(version, BYTES_LIT("(devel)"));
}

static struct go_facts facts_of(struct bytes lines)
{
	struct go_facts f = { 0 };
	struct bytes line, rest;
	while (bytes_next_field(&lines, '\n', &line)) {
		switch (cut_word(line, &rest)) {
		case WORD_PATH:
			f.command = rest;
			break;
		case WORD_MOD:
			f.main = module_of(rest);
			break;
		case WORD_BUILD:
			if (bytes_starts_with(rest, BYTES_LIT("-ldflags=")))
				f.flags = rest;
			break;
		default:
			break;
		}
	}
	return f;
}

/* --- versions ------------------------------------------------------------------------ */

static bool is_release(struct bytes version)
{
	if (version.n > 1 && version.p[0] == 'v')
		version = bytes_sub(version, 1, version.n);
	return app_is_version(version) && app_version_parts(version) >= 3;
}

/* What -X sets: blanks, quotes and backslashes end it, because the settings are
 * quoted once or twice. */
static bool ends_word(uint8_t c)
{
	return c <= ' ' || c == '"' || c == '\'' || c == '\\';
}

/* The next "-X key=value". */
static bool next_setting(struct bytes *flags, struct bytes *ret_key, struct bytes *ret_value)
{
	ptrdiff_t at;
	while ((at = app_find(*flags, BYTES_LIT("-X"))) >= 0) {
		struct bytes rest = bytes_sub(*flags, (size_t)at + 2, flags->n);
		size_t start = 0, key, value;
		*flags = rest;
		while (start < rest.n && (ends_word(rest.p[start]) || rest.p[start] == '='))
			start++;
		for (key = start; key < rest.n && rest.p[key] != '=' && !ends_word(rest.p[key]);)
			key++;
		if (start == 0 || key == rest.n || rest.p[key] != '=')
			continue;
		for (value = key + 1; value < rest.n && !ends_word(rest.p[value]);)
			value++;
		*ret_key = bytes_sub(rest, start, key);
		*ret_value = bytes_sub(rest, key + 1, value);
		*flags = bytes_sub(rest, value, rest.n);
		return true;
	}
	return false;
}

static bool is_version_variable(struct bytes name)
{
	static const char *const names[] = { "version",    "appversion",     "buildversion",
					     "gitversion", "releaseversion", "semver",
					     "gittag",     "releasetag",     "currentversion" };
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strlen(names[i]) == name.n && app_ends_with_nocase(name, names[i]))
			return true;
	return false;
}

/* A variable of the program itself: of package main or of the main module. */
static bool is_own(const struct go_facts *f, struct bytes package)
{
	struct bytes module = f->main.path.n > 0 ? f->main.path : f->command;
	return bytes_equal(package, BYTES_LIT("main")) || path_within(package, module);
}

/* The version that the linker was told to put into the program; empty when it was
 * told none, or several. all: also variables of other modules. */
static struct bytes told_version(const struct go_facts *f, bool all)
{
	struct bytes flags = f->flags, key, value, name, package, found = { 0 };
	while (next_setting(&flags, &key, &value)) {
		if (!app_cut_last(key, '.', &package, &name) || !is_version_variable(name) ||
		    !is_release(value) || (!all && !is_own(f, package)))
			continue;
		if (found.n > 0 && !bytes_equal(found, value))
			return bytes_of(NULL, 0);
		found = value;
	}
	return found;
}

/* --- telling -------------------------------------------------------------------------- */

static int tell(const struct app_sink *sink, enum pkg_type type, struct bytes name,
		struct bytes version, struct error *err)
{
	struct app_record r = { .type = type, .name = name, .version = version };
	return app_tell(sink, &r, err);
}

/* "go1.22.3 X:nocoverageredesign" is 1.22.3. A toolchain between releases ("devel
 * go1.23-0a1b2c") has no version. */
static int tell_standard_library(const struct app_sink *sink, struct bytes go, struct error *err)
{
	struct bytes version = { 0 };
	if (bytes_starts_with(go, BYTES_LIT("go"))) {
		(void)app_cut(go, ' ', &go, &version);
		version = bytes_sub(go, 2, go.n);
	}
	return tell(sink, PKG_GOLANG, BYTES_LIT("stdlib"), version, err);
}

static bool is_folder(struct bytes path)
{
	return bytes_starts_with(path, BYTES_LIT("./")) ||
	       bytes_starts_with(path, BYTES_LIT("../")) || bytes_starts_with(path, BYTES_LIT("/"));
}

static int tell_module(const struct app_sink *sink, struct module m, struct error *err)
{
	if (m.path.n == 0)
		return 0;
	if (is_development(m.version))
		m.version = bytes_of(NULL, 0);
	return tell(sink, PKG_GOLANG, m.path, m.version, err);
}

static int tell_needed(const struct app_sink *sink, struct bytes lines, struct error *err)
{
	struct module held = { 0 };
	struct bytes line, rest;
	bool of_needed = false; /* "=>" may also follow the main module */
	while (bytes_next_field(&lines, '\n', &line)) {
		enum go_word word = cut_word(line, &rest);
		if (word == WORD_REPLACED && of_needed) {
			struct module m = module_of(rest);
			held = is_folder(m.path) ? (struct module){ held.path, { 0 } } : m;
			continue;
		}
		if (of_needed && tell_module(sink, held, err) < 0)
			return -1;
		of_needed = word == WORD_DEP;
		if (of_needed)
			held = module_of(rest);
	}
	return of_needed ? tell_module(sink, held, err) : 0;
}

static int tell_main(const struct app_sink *sink, const struct go_facts *f, struct error *err)
{
	struct module m = f->main;
	char text[APP_VERSION_MAX + 2];
	if (m.path.n == 0 || bytes_equal(m.path, BYTES_LIT("command-line-arguments")))
		return 0;
	if (!is_development(m.version))
		return tell_module(sink, m, err);
	m.version = told_version(f, false);
	if (m.version.n == 0 || m.version.n > APP_VERSION_MAX || m.version.p[0] == 'v')
		return tell_module(sink, m, err);
	text[0] = 'v'; /* as a module's versions are written */
	memcpy(text + 1, m.version.p, m.version.n);
	m.version = bytes_of(text, m.version.n + 1);
	return tell_module(sink, m, err);
}

/* --- products ------------------------------------------------------------------------- */

/* The path without a "/v2" at its end. */
static struct bytes without_major(struct bytes path)
{
	struct bytes last = path_base(path);
	uint64_t major;
	if (last.n < 2 || last.p[0] != 'v' || !bytes_to_u64(bytes_sub(last, 1, last.n), &major))
		return path;
	return path_dir(path);
}

/* By the module, or, in a program built without modules, by the command below it. */
static const struct go_product *product_of(const struct go_facts *f)
{
	struct bytes module = without_major(f->main.path);
	for (const struct go_product *p = go_products; p->module != NULL; p++) {
		struct bytes own = bytes_str(p->module);
		if (module.n > 0 ? bytes_equal(module, own) : path_within(f->command, own))
			return p;
	}
	return NULL;
}

/* The one version that stands alone between NUL bytes: what the linker put where a
 * string variable was. */
struct lone {
	struct bytes number;
	char text[APP_VERSION_MAX];
	bool several;
};

static int take_lone(void *ctx, const struct app_version_hit *hit, struct error *err)
{
	struct lone *l = ctx;
	struct bytes before = hit->before, behind = hit->behind;
	(void)err;
	if (before.n > 1 && before.p[before.n - 1] == 'v')
		before.n--;
	if (before.n == 0 || before.p[before.n - 1] != 0 || behind.n == 0 ||
	    (behind.p[0] != 0 && behind.p[0] != '+') || app_version_parts(hit->number) != 3)
		return 0;
	if (l->number.n > 0 && !bytes_equal(l->number, hit->number)) {
		l->several = true;
		return 1;
	}
	memcpy(l->text, hit->number.p, hit->number.n);
	l->number = bytes_of(l->text, hit->number.n);
	return 0;
}

static int lone_version(const struct elf *e, struct lone *ret, struct error *err)
{
	struct elf_range r = e->constants;
	if (app_version_scan(e->file, r.at, r.at + r.n, take_lone, ret, err) < 0)
		return -1;
	if (ret->several)
		ret->number = bytes_of(NULL, 0);
	return 0;
}

static int tell_product(const struct elf *e, const struct go_facts *f, const struct app_sink *sink,
			struct error *err)
{
	const struct go_product *p = product_of(f);
	struct bytes version;
	struct lone lone = { 0 };
	if (p == NULL)
		return 0;
	version = told_version(f, true);
	if (version.n == 0 && p->module_version && is_release(f->main.version))
		version = f->main.version;
	if (version.n == 0) {
		if (lone_version(e, &lone, err) < 0)
			return -1;
		version = lone.number;
	}
	if (version.n == 0)
		return 0;
	if (version.p[0] == 'v')
		version = bytes_sub(version, 1, version.n);
	return tell(sink, PKG_GENERIC, bytes_str(p->package), version, err);
}

int go_build_tell(const struct elf *e, const struct go_build *b, const struct app_sink *sink,
		  struct error *err)
{
	struct go_facts f = facts_of(b->modules);
	if (tell_standard_library(sink, b->version, err) < 0 || tell_main(sink, &f, err) < 0 ||
	    tell_needed(sink, b->modules, err) < 0)
		return -1;
	return tell_product(e, &f, sink, err);
}
