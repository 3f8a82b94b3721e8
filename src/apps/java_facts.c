#include "apps/java.h"

/* --- the manifest ------------------------------------------------------------------- */

/* A line break and a blank mean nothing: names and values go on behind them. */
static void unfold(struct buf *text)
{
	size_t to = 0;
	for (size_t i = 0; i < text->n; i++) {
		uint8_t c = text->p[i];
		if (c == '\r' && i + 1 < text->n && text->p[i + 1] == '\n')
			continue;
		if ((c == '\n' || c == '\r') && i + 1 < text->n && text->p[i + 1] == ' ') {
			i++;
			continue;
		}
		text->p[to++] = c == '\r' ? '\n' : c;
	}
	text->n = to;
}

static bool same_nocase(struct bytes b, const char *lower)
{
	return b.n == strlen(lower) && app_ends_with_nocase(b, lower);
}

struct java_manifest java_manifest_read(struct buf *text)
{
	struct java_manifest m = { 0 };
	const struct {
		const char *key;
		struct bytes *value;
	} fields[] = {
		{ "implementation-title", &m.title },
		{ "implementation-version", &m.version },
		{ "implementation-vendor-id", &m.vendor_id },
		{ "bundle-symbolicname", &m.bundle },
		{ "bundle-version", &m.bundle_version },
		{ "automatic-module-name", &m.module },
		{ "group-id", &m.plugin_group },
		{ "short-name", &m.plugin_name },
		{ "plugin-version", &m.plugin_version },
		{ "jenkins-version", &m.jenkins },
	};
	struct bytes line, key, value, more;
	unfold(text);
	struct bytes rest = buf_view(text);
	while (bytes_next_field(&rest, '\n', &line) && line.n > 0) {
		if (!app_cut(line, ':', &key, &value))
			continue;
		for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
			if (same_nocase(key, fields[i].key))
				*fields[i].value = bytes_trim(value);
	}
	/* "org.example.a;singleton:=true" */
	(void)app_cut(m.bundle, ';', &m.bundle, &more);
	m.bundle = bytes_trim(m.bundle);
	return m;
}

/* --- pom.properties -------------------------------------------------------------------- */

static bool is_word(struct bytes b)
{
	for (size_t i = 0; i < b.n; i++)
		if (!app_is_letter(b.p[i]) && !app_is_digit(b.p[i]) &&
		    (b.p[i] == 0 || strchr("._-", b.p[i]) == NULL))
			return false;
	return b.n > 0;
}

/* Anything but "${project.version}", "@version@" and blanks. */
static bool is_version_word(struct bytes b)
{
	for (size_t i = 0; i < b.n; i++)
		if (b.p[i] <= ' ' || b.p[i] >= 0x7f || strchr("${}@\"'<>", b.p[i]) != NULL)
			return false;
	return b.n > 0;
}

static bool is_whole(const struct java_name *n)
{
	return is_word(n->group) && is_word(n->artifact) && is_version_word(n->version);
}

/* META-INF, maven, GROUP, ARTIFACT, pom.properties */
static bool cut_path(struct bytes path, struct java_name *ret)
{
	struct bytes part[6];
	size_t n = 0;
	while (n < 6 && bytes_next_field(&path, '/', &part[n]))
		n++;
	if (n != 5 || !bytes_equal(part[0], BYTES_LIT("META-INF")) ||
	    !bytes_equal(part[1], BYTES_LIT("maven")) ||
	    !bytes_equal(part[4], BYTES_LIT("pom.properties")))
		return false;
	ret->group = part[2];
	ret->artifact = part[3];
	return true;
}

bool java_is_properties(struct bytes path)
{
	struct java_name n;
	return bytes_ends_with(path, BYTES_LIT("/pom.properties")) && cut_path(path, &n);
}

bool java_properties_read(struct bytes text, struct bytes path, struct java_name *ret)
{
	struct java_name n = { 0 };
	struct app_lines lines = app_lines_of(text);
	struct bytes line, key, value;
	(void)cut_path(path, &n);
	while (app_next_line(&lines, &line)) {
		if (!app_cut(line, '=', &key, &value))
			continue;
		key = bytes_trim(key);
		value = bytes_trim(value);
		if (value.n == 0)
			continue;
		if (bytes_equal(key, BYTES_LIT("groupId")))
			n.group = value;
		else if (bytes_equal(key, BYTES_LIT("artifactId")))
			n.artifact = value;
		else if (bytes_equal(key, BYTES_LIT("version")))
			n.version = value;
	}
	*ret = n;
	return is_whole(&n);
}

/* --- the file name --------------------------------------------------------------------- */

/* Words that versions end with; behind them digits ("RC1", "M2", "v20241219"). */
static bool is_qualifier(struct bytes word)
{
	static const char *const words[] = { "final",      "release", "ga",   "snapshot", "jre",
					     "android",    "alpha",   "beta", "rc",       "cr",
					     "m",          "sp",      "b",    "v",        "pre",
					     "incubating", "preview", "sec",  "redhat",   "empty" };
	while (word.n > 0 && app_is_digit(word.p[word.n - 1]))
		word.n--;
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (same_nocase(word, words[i]))
			return true;
	return word.n == 0;
}

static bool is_file_version(struct bytes b)
{
	size_t from = 0;
	if (b.n == 0 || !app_is_digit(b.p[0]))
		return false;
	for (size_t i = 0; i <= b.n; i++) {
		if (i < b.n && strchr(".-+", b.p[i]) == NULL)
			continue;
		struct bytes word = bytes_sub(b, from, i);
		if (word.n == 0 || (!app_is_digit(word.p[0]) && !is_qualifier(word)))
			return false;
		from = i + 1;
	}
	return true;
}

struct java_name java_split_file(struct bytes file)
{
	struct java_name n = { 0 };
	struct bytes extension;
	if (!app_cut_last(file, '.', &n.artifact, &extension))
		n.artifact = file;
	for (size_t i = 1; i + 1 < n.artifact.n; i++) {
		struct bytes tail = bytes_sub(n.artifact, i + 1, n.artifact.n);
		if (n.artifact.p[i] != '-' || tail.n > APP_VERSION_MAX || !is_file_version(tail))
			continue;
		n.version = tail;
		n.artifact = bytes_sub(n.artifact, 0, i);
		break;
	}
	return n;
}

/* --- rules 2 to 5 ------------------------------------------------------------------------ */

/* Vendors that publish under many groups below their own name. */
static bool is_umbrella(struct bytes group)
{
	static const char *const names[] = { "org.apache",    "org.eclipse", "org.jboss",
					     "com.sun",       "com.oracle",  "com.google",
					     "com.ibm",       "net.sf",      "com.github",
					     "org.glassfish", "com.sun.java" };
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (bytes_equal(group, bytes_str(names[i])))
			return true;
	return bytes_index(group, '.') < 0;
}

/* name is group itself or begins with it and a dot. */
static bool is_below(struct bytes name, struct bytes group)
{
	return bytes_starts_with(name, group) && (name.n == group.n || name.p[group.n] == '.');
}

static bool by_plugin(const struct java_manifest *m, struct java_name *ret)
{
	struct bytes more;
	*ret = (struct java_name){ m->plugin_group, m->plugin_name, m->plugin_version };
	/* "1.2-SNAPSHOT (private-0a1b2c-user)" */
	(void)app_cut(ret->version, ' ', &ret->version, &more);
	return is_whole(ret);
}

/* The version of the file's name, or where it has none, the manifest's. */
static bool by_known_group(const struct java_manifest *m, struct bytes file, struct java_name *ret)
{
	*ret = java_split_file(file);
	if (is_file_version(m->version)) {
		if (ret->version.n == 0)
			ret->version = m->version;
		if (java_major(ret->version) != java_major(m->version))
			return false; /* a file that was given another number */
	}
	ret->group = java_known_group(ret->artifact, ret->version);
	return is_whole(ret);
}

/* Tomcat's build names its bundles "org.apache.tomcat-catalina", "…tomcat-embed-core",
 * and its files otherwise. */
static bool by_tomcat(const struct java_manifest *m, struct java_name *ret)
{
	static const struct bytes vendor = APP_LIT("org.apache."), own = APP_LIT("tomcat-"),
				  embedded = APP_LIT("tomcat-embed-");
	struct bytes artifact = bytes_sub(m->bundle, vendor.n, m->bundle.n);
	if (!bytes_starts_with(m->bundle, vendor) || !bytes_starts_with(artifact, own))
		return false;
	*ret = (struct java_name){ BYTES_LIT("org.apache.tomcat"), artifact, m->bundle_version };
	if (bytes_starts_with(artifact, embedded))
		ret->group = BYTES_LIT("org.apache.tomcat.embed");
	return is_whole(ret);
}

static bool by_vendor(const struct java_manifest *m, struct bytes file, struct java_name *ret)
{
	*ret = java_split_file(file);
	ret->group = m->vendor_id;
	return !is_umbrella(ret->group) && bytes_equal(ret->version, m->version) &&
	       (is_below(m->bundle, ret->group) || is_below(m->module, ret->group)) &&
	       is_whole(ret);
}

/* The bundle plugin of Maven names a bundle so, unless the artifact's name begins with
 * the end of the group's: a name of one word is not taken for that reason. */
static bool by_bundle(const struct java_manifest *m, struct bytes file, struct java_name *ret)
{
	*ret = java_split_file(file);
	size_t n = ret->artifact.n;
	if (bytes_index(ret->artifact, '-') < 0 || m->bundle.n <= n + 1 ||
	    !bytes_ends_with(m->bundle, ret->artifact) || m->bundle.p[m->bundle.n - n - 1] != '.')
		return false;
	ret->group = bytes_sub(m->bundle, 0, m->bundle.n - n - 1);
	return bytes_index(ret->group, '.') > 0 && is_whole(ret) &&
	       (bytes_equal(ret->version, m->bundle_version) ||
		bytes_equal(ret->version, m->version));
}

bool java_guess(const struct java_manifest *m, struct bytes file, struct java_name *ret)
{
	return by_plugin(m, ret) || by_known_group(m, file, ret) || by_tomcat(m, ret) ||
	       by_vendor(m, file, ret) || by_bundle(m, file, ret);
}
