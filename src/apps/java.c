/* Java archives and the archives in them, to APPS_DEPTH_MAX. A stored member is read
 * where it lies, a deflated one is inflated into memory, and both how much of that
 * is held at once and how much is inflated in all have a limit; what is over it is
 * told as skipped. So an archive costs time in proportion to its size: at each of
 * the few depths its bytes are looked at once. */
#include "apps/java.h"

#include <inttypes.h>

#include "format/zip.h"

enum {
	MANIFEST_MAX = 128 * 1024, /* of its beginning: the main section comes first */
	PROPERTIES_MAX = 64 * 1024,
	PLACE_MAX = 64 * 1024,
	LOCAL_HEADER = 30
};

#define MEMBER_MAX (64 * MIB) /* one archive in memory */
#define MEMORY_MAX (96 * MIB) /* all that are open */
#define BUDGET_BASE (64 * MIB) /* inflated in all … */
#define BUDGET_RATIO 16 /* … and as many times the file's size */
#define MEMBER_COST 4096 /* of the budget: a member may be small, but have a long header */

/* One archive that is open. */
struct level {
	struct zip *zip;
	struct pkg_file file; /* its bytes: the file, a part of those above, or memory */
	const struct pkg_file *above;
	uint64_t at; /* where in those above */
	struct buf memory;
	struct buf manifest;
	bool named; /* pom.properties told who it is */
	size_t place; /* length of the place's text */
	size_t name; /* where in it the archive's own name begins */
};

struct walk {
	const struct app_input *in;
	struct level levels[APPS_DEPTH_MAX];
	unsigned depth;
	struct buf place; /* "BOOT-INF/lib/a.jar!/lib/b.jar" */
	uint64_t budget, held;
};

static struct level *top(struct walk *w)
{
	return &w->levels[w->depth - 1];
}

static struct bytes place_of(const struct walk *w)
{
	return bytes_sub(buf_view(&w->place), 0, w->levels[w->depth - 1].place);
}

/* The archive's own file name. */
static struct bytes own_name(const struct walk *w)
{
	if (w->depth == 1)
		return path_base(w->in->path);
	return path_base(bytes_sub(place_of(w), w->levels[w->depth - 1].name, SIZE_MAX));
}

static void skipped(struct walk *w, const struct zip_entry *e, const char *why)
{
	struct bytes at = place_of(w), name = e == NULL ? bytes_of(NULL, 0) : e->name;
	app_tell_skipped(&w->in->sink, "%.*s%s%.*s: %s", (int)(at.n < 80 ? at.n : 80),
			 at.n == 0 ? "" : (const char *)at.p, at.n > 0 && name.n > 0 ? "!/" : "",
			 (int)(name.n < 80 ? name.n : 80), name.n == 0 ? "" : (const char *)name.p,
			 why);
}

static int tell(struct walk *w, const struct java_name *n, struct error *err)
{
	cleanup_buf struct buf name = buf_max(LIMIT_PKG_FIELD);
	if (buf_append(&name, n->group.p, n->group.n, err) < 0 ||
	    buf_append_str(&name, ":", err) < 0 ||
	    buf_append(&name, n->artifact.p, n->artifact.n, err) < 0)
		return -1;
	struct app_record r = { .type = PKG_MAVEN,
				.name = buf_view(&name),
				.version = n->version,
				.inner = place_of(w) };
	return app_tell(&w->in->sink, &r, err);
}

static int pay(struct walk *w, uint64_t size, struct error *err)
{
	uint64_t cost;
	if (checked_add(size, (uint64_t)MEMBER_COST, &cost) || cost > w->budget)
		return error_set(err, ERR_LIMIT,
				 "more is to be inflated than a file of this size may");
	w->budget -= cost;
	return 0;
}

/* --- small members ----------------------------------------------------------------------- */

/* The member, or its first `most` bytes. False, and told, when it cannot be read. */
static bool load(struct walk *w, const struct zip_entry *e, size_t most, struct buf *out)
{
	struct error why = { 0 };
	struct zip *z = top(w)->zip;
	ssize_t got = 1;
	out->n = 0;
	if (pay(w, e->size < most ? e->size : most, &why) < 0 || zip_member_open(z, e, &why) < 0)
		got = -1;
	while (got > 0 && out->n < most) {
		if (buf_reserve(out, most - out->n < 4096 ? most - out->n : 4096, &why) < 0)
			got = -1;
		else
			got = zip_member_read(z, out->p + out->n,
					      (out->cap < most ? out->cap : most) - out->n, &why);
		out->n += got > 0 ? (size_t)got : 0;
	}
	if (got < 0)
		skipped(w, e, why.text);
	return got >= 0;
}

static int read_properties(struct walk *w, const struct zip_entry *e, struct error *err)
{
	cleanup_buf struct buf text = buf_max(PROPERTIES_MAX);
	struct java_name name;
	if (!load(w, e, PROPERTIES_MAX, &text))
		return 0;
	if (!java_properties_read(buf_view(&text), e->name, &name)) {
		skipped(w, e, "a part of the coordinates is missing or was not filled in");
		return 0;
	}
	top(w)->named = true;
	return tell(w, &name, err);
}

/* --- products ---------------------------------------------------------------------------- */

/* What is a product and not a library, by the jar at its usual place. */
static const struct {
	const char *package, *files;
} product_jars[] = {
	{ "activemq", "lib/activemq-broker-*.jar" },
	{ "cassandra", "lib/apache-cassandra-#.jar" },
	{ "elasticsearch", "lib/elasticsearch-#.jar" },
	{ "flink", "lib/flink-dist-#.jar|lib/flink-dist_#.jar" },
	{ "gradle", "lib/gradle-core-#.jar|lib/gradle-core-api-#.jar" },
	{ "hadoop", "share/hadoop/common/hadoop-common-#.jar" },
	{ "kafka", "libs/kafka_#.jar" },
	{ "maven", "lib/maven-core-#.jar" },
	{ "neo4j", "lib/neo4j-kernel-#.jar" },
	{ "nifi", "lib/nifi-runtime-#.jar" },
	{ "solr", "WEB-INF/lib/solr-core-#.jar" },
	{ "sonarqube", "lib/sonar-application-#.jar" },
};

static int tell_product(struct walk *w, const char *package, struct bytes version,
			struct error *err)
{
	struct app_record r = { .type = PKG_GENERIC,
				.name = bytes_str(package),
				.version = version };
	return version.n == 0 ? 0 : app_tell(&w->in->sink, &r, err);
}

static int product_by_name(struct walk *w, struct error *err)
{
	struct java_name n = java_split_file(path_base(w->in->path));
	for (size_t i = 0; i < sizeof product_jars / sizeof product_jars[0]; i++)
		if (app_path_fits(w->in->path, product_jars[i].files))
			return tell_product(w, product_jars[i].package, n.version, err);
	return 0;
}

/* server.info=Apache Tomcat/10.1.13 */
static int read_tomcat(struct walk *w, const struct zip_entry *e, struct error *err)
{
	static const struct bytes key = APP_LIT("server.info=Apache Tomcat/");
	cleanup_buf struct buf text = buf_max(PROPERTIES_MAX);
	struct bytes line, more;
	if (w->depth > 1 ||
	    !app_name_fits(path_base(w->in->path), "catalina.jar|tomcat#-catalina#.jar|"
						   "tomcat-catalina-#.jar"))
		return 0;
	if (!load(w, e, PROPERTIES_MAX, &text))
		return 0;
	struct app_lines lines = app_lines_of(buf_view(&text));
	while (app_next_line(&lines, &line)) {
		if (!bytes_starts_with(line, key))
			continue;
		line = bytes_sub(line, key.n, line.n);
		(void)app_cut(line, ' ', &line, &more);
		if (app_is_version(line))
			return tell_product(w, "tomcat", line, err);
	}
	return 0;
}

/* --- archives in archives ------------------------------------------------------------------ */

static bool is_archive(struct bytes name)
{
	static const char *const endings[] = { ".jar", ".war", ".ear", ".par", ".jpi", ".hpi" };
	for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
		if (app_ends_with_nocase(name, endings[i]))
			return true;
	return false;
}

static int read_part(void *ctx, uint64_t at, void *p, size_t n, struct error *err)
{
	const struct level *l = ctx;
	if (at > l->file.size || n > l->file.size - at)
		return error_set(err, ERR_TRUNCATED, "the archive ends early");
	return app_read_at(l->above, l->at + at, p, n, err);
}

static int read_memory(void *ctx, uint64_t at, void *p, size_t n, struct error *err)
{
	const struct level *l = ctx;
	if (at > l->memory.n || n > l->memory.n - at)
		return error_set(err, ERR_TRUNCATED, "the archive ends early");
	if (n > 0)
		memcpy(p, l->memory.p + at, n);
	return 0;
}

/* Where a stored member's bytes begin: behind its local header, whose name and extra
 * field may be longer than those of the directory (APPNOTE.TXT 4.3.7). */
static int place_stored(struct level *l, const struct zip_entry *e, struct error *err)
{
	uint8_t h[LOCAL_HEADER];
	if (app_read_at(l->above, e->header_at, h, sizeof h, err) < 0)
		return -1;
	struct cursor c = cursor_of(bytes_of(h, sizeof h));
	if (cursor_le32(&c) != 0x04034b50)
		return error_set(err, ERR_MALFORMED, "no member where the directory points");
	cursor_seek(&c, 26);
	l->at = e->header_at + LOCAL_HEADER + cursor_le16(&c);
	l->at += cursor_le16(&c);
	if (e->stored != e->size || l->at > l->above->size || e->size > l->above->size - l->at)
		return error_set(err, ERR_MALFORMED, "the member leaves the archive");
	l->file = (struct pkg_file){ e->size, read_part, l };
	return 0;
}

static int inflate(struct walk *w, struct zip *z, struct level *l, const struct zip_entry *e,
		   struct error *err)
{
	if (e->size > MEMBER_MAX || e->size > MEMORY_MAX - w->held)
		return error_set(err, ERR_LIMIT, "%" PRIu64 " bytes are more than is inflated",
				 e->size);
	if (pay(w, e->size, err) < 0)
		return -1;
	l->memory = buf_max((size_t)e->size + 1);
	if (buf_reserve(&l->memory, (size_t)e->size + 1, err) < 0 || zip_member_open(z, e, err) < 0)
		return -1;
	for (ssize_t got = 1; got != 0; l->memory.n += (size_t)got) {
		got = zip_member_read(z, l->memory.p + l->memory.n, l->memory.max - l->memory.n,
				      err);
		if (got < 0) {
			l->memory.n = 0; /* what close_level takes off was never counted */
			return -1;
		}
	}
	w->held += l->memory.n;
	l->file = (struct pkg_file){ l->memory.n, read_memory, l };
	return 0;
}

static int open_level(struct level *l, struct error *err)
{
	struct zip_source source = { l->file.size, l->file.read_at, l->file.ctx };
	l->manifest = buf_max(MANIFEST_MAX);
	return zip_open(&source, &l->zip, err);
}

static void close_level(struct walk *w, struct level *l)
{
	w->held -= l->memory.n;
	zip_close(l->zip);
	buf_free(&l->memory);
	buf_free(&l->manifest);
	*l = (struct level){ 0 };
}

/* The place of the level that is about to be opened. */
static int extend_place(struct walk *w, struct level *l, struct bytes name, struct error *err)
{
	w->place.n = top(w)->place;
	if (w->depth > 1 && buf_append_str(&w->place, "!/", err) < 0)
		return -1;
	l->name = w->place.n;
	if (buf_append(&w->place, name.p, name.n, err) < 0)
		return -1;
	l->place = w->place.n;
	return 0;
}

static void descend(struct walk *w, const struct zip_entry *e)
{
	struct error why = { 0 };
	if (w->depth == APPS_DEPTH_MAX) {
		skipped(w, e, "archives lie deeper in each other than is looked");
		return;
	}
	struct level *l = &w->levels[w->depth];
	*l = (struct level){ .above = &top(w)->file };
	int rc = extend_place(w, l, e->name, &why);
	if (rc == 0)
		rc = e->method == ZIP_STORED && (e->flags & 1) == 0
			     ? place_stored(l, e, &why)
			     : inflate(w, top(w)->zip, l, e, &why);
	if (rc == 0)
		rc = open_level(l, &why);
	if (rc == 0) {
		w->depth++;
		return;
	}
	skipped(w, e, why.text);
	close_level(w, l);
}

/* --- the walk -------------------------------------------------------------------------------- */

static int read_entry(struct walk *w, const struct zip_entry *e, struct error *err)
{
	if (java_is_properties(e->name))
		return read_properties(w, e, err);
	if (bytes_equal(e->name, BYTES_LIT("META-INF/MANIFEST.MF"))) {
		if (!load(w, e, MANIFEST_MAX, &top(w)->manifest))
			top(w)->manifest.n = 0;
		return 0;
	}
	if (bytes_equal(e->name, BYTES_LIT("org/apache/catalina/util/ServerInfo.properties")))
		return read_tomcat(w, e, err);
	if (is_archive(e->name))
		descend(w, e);
	return 0;
}

/* All of an archive was seen: who is it? */
static int finish(struct walk *w, struct error *err)
{
	struct level *l = top(w);
	struct java_manifest m = java_manifest_read(&l->manifest);
	struct java_name name;
	if (w->depth == 1 && app_is_version(m.jenkins) &&
	    bytes_equal(m.title, BYTES_LIT("Jenkins war")) &&
	    tell_product(w, "jenkins", m.jenkins, err) < 0)
		return -1;
	if (w->depth == 1 && product_by_name(w, err) < 0)
		return -1;
	return !l->named && java_guess(&m, own_name(w), &name) ? tell(w, &name, err) : 0;
}

/* An error of the file itself is the caller's, one of an archive in it is told as
 * skipped; either way what the archive had told so far counts. */
static int walk(struct walk *w, struct error *err)
{
	struct zip_entry e;
	while (w->depth > 0) {
		struct error why = { 0 };
		int more = zip_next(top(w)->zip, &e, &why);
		if (more > 0) {
			if (read_entry(w, &e, err) < 0)
				return -1;
			continue;
		}
		if (finish(w, err) < 0)
			return -1;
		if (more < 0 && w->depth == 1)
			return error_set(err, why.code, "%s", why.text);
		if (more < 0)
			skipped(w, NULL, why.text);
		close_level(w, top(w));
		w->depth--;
	}
	return 0;
}

static uint64_t budget_of(uint64_t size)
{
	uint64_t all;
	if (checked_mul(size, (uint64_t)BUDGET_RATIO, &all) || checked_add(all, BUDGET_BASE, &all))
		return UINT64_MAX;
	return all;
}

int app_read_java_archive(const struct app_input *in, struct error *err)
{
	struct walk w = { .in = in,
			  .place = buf_max(PLACE_MAX),
			  .budget = budget_of(in->file->size) };
	w.levels[0].file = *in->file;
	w.depth = 1;
	int rc = open_level(&w.levels[0], err);
	if (rc == 0)
		rc = walk(&w, err);
	for (unsigned i = 0; i < APPS_DEPTH_MAX; i++)
		close_level(&w, &w.levels[i]);
	buf_free(&w.place);
	return rc;
}
