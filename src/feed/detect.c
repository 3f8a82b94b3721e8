/* Formats told apart by the beginning of their content. */
#include "feed/import.h"

/* --- JSON ------------------------------------------------------------------------- */

/* Members that only one format has, in any place of the outermost object. */
static enum feed_format format_of_key(struct bytes key)
{
	static const struct {
		const char *key;
		enum feed_format format;
	} keys[] = {
		{ "catalogVersion", FEED_KEV },   { "resultsPerPage", FEED_NVD },
		{ "cve_items", FEED_NVD },        { "cve", FEED_NVD },
		{ "sourceIdentifier", FEED_NVD }, { "vulnStatus", FEED_NVD },
		{ "schema_version", FEED_OSV },   { "affected", FEED_OSV },
		{ "modified", FEED_OSV },         { "vulns", FEED_OSV },
		{ "apkurl", FEED_SECDB },         { "distroversion", FEED_SECDB },
		{ "reponame", FEED_SECDB },       { "packages", FEED_SECDB },
		{ "document", FEED_CSAF },        { "product_tree", FEED_CSAF },
	};
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (bytes_equal(key, bytes_str(keys[i].key)))
			return keys[i].format;
	return FEED_UNKNOWN;
}

/* What the members of a nameless object's member say: the tracker's outermost
 * members are source packages, which hold ids; those of Retire.js are libraries. */
static enum feed_format format_of_inner(struct json_reader *r)
{
	struct bytes key;
	enum feed_format format = FEED_UNKNOWN;
	if (!json_enter_object(r))
		return FEED_UNKNOWN;
	while (json_next_key(r, &key)) {
		if (bytes_starts_with(key, BYTES_LIT("CVE-")) ||
		    bytes_starts_with(key, BYTES_LIT("TEMP-")))
			format = FEED_DEBIAN;
		else if (bytes_equal(key, BYTES_LIT("vulnerabilities")))
			format = FEED_RETIRE;
		json_skip(r);
	}
	return format;
}

static enum feed_format detect_object(struct json_reader *r)
{
	struct bytes key;
	bool has_id = false;
	if (!json_enter_object(r))
		return FEED_UNKNOWN;
	while (json_next_key(r, &key)) {
		enum feed_format format = format_of_key(key);
		has_id |= bytes_equal(key, BYTES_LIT("id"));
		if (format == FEED_UNKNOWN && json_peek(r) == JSON_OBJECT)
			format = format_of_inner(r);
		else if (format == FEED_UNKNOWN)
			json_skip(r);
		if (format != FEED_UNKNOWN)
			return format;
	}
	/* The prefix can end inside a long text of a record. */
	return has_id ? FEED_OSV : FEED_UNKNOWN;
}

static enum feed_format detect_json(struct bytes prefix)
{
	struct json_reader *r = json_open_bytes(prefix);
	enum feed_format format = FEED_UNKNOWN;
	if (r == NULL)
		return FEED_UNKNOWN;
	if (json_peek(r) == JSON_OBJECT)
		format = detect_object(r);
	else if (json_peek(r) == JSON_ARRAY && json_enter_array(r))
		format = json_next_item(r) ? detect_object(r) : FEED_OSV;
	json_close(r);
	return format;
}

/* --- YAML, Markdown, XML ------------------------------------------------------------- */

enum { /* keys of a YAML document's outermost map */
       HAS_ID = 1,
       HAS_AFFECTED = 2,
       HAS_GEM = 4,
       HAS_SAFE = 8,
       HAS_REFERENCE = 16,
       HAS_BRANCHES = 32
};

static unsigned key_of_line(struct bytes line)
{
	static const struct {
		const char *front;
		unsigned key;
	} keys[] = {
		{ "id:", HAS_ID },
		{ "affected:", HAS_AFFECTED },
		{ "modified:", HAS_AFFECTED },
		{ "gem:", HAS_GEM },
		{ "engine:", HAS_GEM },
		{ "cve:", HAS_SAFE },
		{ "ghsa:", HAS_SAFE },
		{ "osvdb:", HAS_SAFE },
		{ "patched_versions:", HAS_SAFE },
		{ "reference:", HAS_REFERENCE },
		{ "branches:", HAS_BRANCHES },
	};
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (bytes_starts_with(line, bytes_str(keys[i].front)))
			return keys[i].key;
	return 0;
}

static enum feed_format detect_yaml(struct bytes prefix)
{
	unsigned has = 0;
	struct bytes line;
	while (bytes_next_field(&prefix, '\n', &line))
		has |= key_of_line(line);
	if ((has & HAS_ID) != 0 && (has & HAS_AFFECTED) != 0)
		return FEED_OSV_YAML;
	if ((has & HAS_GEM) != 0 && (has & HAS_SAFE) != 0)
		return FEED_RUBYSEC;
	return (has & HAS_REFERENCE) != 0 && (has & HAS_BRANCHES) != 0 ? FEED_PHP : FEED_UNKNOWN;
}

/* "<updates>" behind the declaration, a comment or a document type. */
static bool is_updateinfo(struct bytes prefix)
{
	struct bytes line;
	while (bytes_next_field(&prefix, '<', &line))
		if (bytes_starts_with(prefix, BYTES_LIT("updates>")) ||
		    bytes_starts_with(prefix, BYTES_LIT("updates ")) ||
		    bytes_starts_with(prefix, BYTES_LIT("updates/")))
			return true;
	return false;
}

/* --- ---------------------------------------------------------------------------------- */

/* POSIX.1-1988 and newer, and GNU's: the magic of the first header. */
static bool is_tar(struct bytes prefix)
{
	return prefix.n >= 512 && memcmp(prefix.p + 257, "ustar", 5) == 0;
}

enum feed_format feed_detect(struct bytes prefix)
{
	static const struct {
		const char *front;
		enum feed_format format;
	} fronts[] = {
		{ "PK\3\4", FEED_ZIP },
		{ "PK\5\6", FEED_ZIP },
		{ "#corten-facts", FEED_FACTS },
		{ "#model_version:", FEED_EPSS },
		{ "cve,epss,percentile", FEED_EPSS },
		{ "```toml", FEED_RUSTSEC },
	};
	for (size_t i = 0; i < sizeof fronts / sizeof *fronts; i++)
		if (bytes_starts_with(prefix, bytes_str(fronts[i].front)))
			return fronts[i].format;
	if (is_tar(prefix))
		return FEED_TAR;
	struct bytes text = bytes_trim(prefix);
	if (bytes_starts_with(text, BYTES_LIT("\xef\xbb\xbf")))
		text = bytes_sub(text, 3, text.n);
	if (text.n > 0 && text.p[0] == '<')
		return is_updateinfo(text) ? FEED_UPDATEINFO : FEED_UNKNOWN;
	if (text.n > 0 && (text.p[0] == '{' || text.p[0] == '['))
		return detect_json(prefix);
	return detect_yaml(prefix);
}

/* --- names ------------------------------------------------------------------------------- */

static bool has_suffix(struct bytes *name, const char *const *suffixes)
{
	for (; *suffixes != NULL; suffixes++)
		if (bytes_ends_with(*name, bytes_str(*suffixes))) {
			name->n -= strlen(*suffixes);
			return true;
		}
	return false;
}

bool feed_is_file_name(struct bytes path)
{
	static const char *const packed[] = { ".gz", ".zst", ".xz", NULL };
	static const char *const kinds[] = { ".json", ".csv", ".tsv", ".zip", ".tar",
					     ".yaml", ".yml", ".xml", NULL };
	static const char *const markdown[] = { ".md", NULL };
	struct bytes name = path, part;
	while (bytes_next_field(&path, '/', &part))
		name = part;
	(void)has_suffix(&name, packed);
	if (has_suffix(&name, kinds))
		return true;
	return has_suffix(&name, markdown) && (bytes_starts_with(name, BYTES_LIT("RUSTSEC-")) ||
					       bytes_starts_with(name, BYTES_LIT("CVE-")));
}
