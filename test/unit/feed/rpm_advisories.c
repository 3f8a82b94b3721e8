/* CSAF and updateinfo.xml, rebuilt from published documents without their prose. */
#include "capture.h"

#include <lzma.h>

/* clang-format off */
#define PRODUCT(name, cpe) "{'category':'product_name','product':{'name':'x','product_id':'" name \
	"','product_identification_helper':{'cpe':'" cpe "'}}}"
#define PACKAGE(name, purl) "{'category':'product_version','product':{'name':'x','product_id':'" \
	name "','product_identification_helper':{'purl':'" purl "'}}}"
#define PART(platform, package) "{'category':'default_component_of','full_product_name':{" \
	"'name':'x','product_id':'" platform ":" package "'},'product_reference':'" package \
	"','relates_to_product_reference':'" platform "'}"

#define TREE "{'document':{'csaf_version':'2.0','publisher':{'name':'Red Hat'},'tracking':{" \
	"'current_release_date':'2024-02-03T00:00:00+00:00','initial_release_date':" \
	"'2024-01-15T06:00:00+00:00'}},'product_tree':{'branches':[{" \
	"'branches':[{'branches':[" PRODUCT("AppStream-9", "cpe:/a:redhat:enterprise_linux:9::appstream") "," \
	PRODUCT("EUS", "cpe:/a:redhat:rhel_eus:9.2::appstream") "," \
	PRODUCT("Satellite", "cpe:/a:redhat:satellite:6::el9") "," \
	PRODUCT("el8", "cpe:/o:redhat:enterprise_linux:8") "]},{'branches':[" \
	PACKAGE("curl.src", "pkg:rpm/redhat/curl@7.76.1-23.el9?arch=src") "," \
	PACKAGE("curl.x86", "pkg:rpm/redhat/curl@7.76.1-23.el9?arch=x86_64") "," \
	PACKAGE("bind.x86", "pkg:rpm/redhat/bind@9.16%2B1-1.el9?arch=x86_64&epoch=32") "," \
	PACKAGE("node", "pkg:rpm/redhat/nodejs@18.1-1.el9?arch=x86_64&rpmmod=nodejs:18") "," \
	PACKAGE("kernel", "pkg:rpm/redhat/kernel?arch=src") "," \
	PACKAGE("image", "pkg:oci/x?y=z") "," \
	PACKAGE("dbg", "pkg:rpm/redhat/curl-debuginfo@7.76.1-23.el9?arch=x86_64") "]}]}]," \
	"'relationships':[" PART("AppStream-9", "curl.src") "," PART("AppStream-9", "curl.x86") "," \
	PART("AppStream-9", "node") "," PART("AppStream-9", "dbg") "," PART("EUS", "bind.x86") "," \
	PART("Satellite", "curl.x86") "," PART("el8", "kernel") "," PART("AppStream-9", "kernel") "," \
	PART("AppStream-9", "image") "]},'vulnerabilities':["

static void a_vex_document_says_what_each_product_is(void **state)
{
	(void)state;
	assert_says(TREE "{'cve':'CVE-2024-0001','product_status':{'fixed':['AppStream-9:curl.src',"
		"'AppStream-9:curl.x86','EUS:bind.x86','Satellite:curl.x86','AppStream-9:node',"
		"'AppStream-9:dbg','AppStream-9:image','nowhere'],'known_affected':['el8:kernel'],"
		"'known_not_affected':['AppStream-9:kernel'],'under_investigation':['el8:curl.src']},"
		"'remediations':[{'category':'vendor_fix','product_ids':['AppStream-9:curl.src',"
		"'AppStream-9:curl.x86'],'url':'https://access.redhat.com/errata/RHSA-2024:0123'},"
		"{'category':'no_fix_planned','details':'Will not fix','product_ids':['el8:kernel']}],"
		"'threats':[{'category':'impact','details':'Important','product_ids':["
		"'AppStream-9:curl.src','el8:kernel']}]}]}",
		"source redhat -\n"
		"fact redhat:9 curl CVE-2024-0001 RHSA-2024:0123 - 7.76.1-23.el9 - fixed high - -\n"
		"fact redhat-eus:9.2 bind CVE-2024-0001 - - 32:9.16+1-1.el9 - fixed unknown - -\n"
		"skipped CVE-2024-0001: a product of Red Hat that is not the operating system\n"
		"fact redhat:9 nodejs CVE-2024-0001 - - 18.1-1.el9 - fixed unknown nodejs:18 -\n"
		"skipped CVE-2024-0001: a product that is no rpm package of Red Hat\n"
		"skipped CVE-2024-0001: a product that is not in the product_tree\n"
		"fact redhat:8 kernel CVE-2024-0001 - - - - will-not-fix high - -\n"
		"fact redhat:9 kernel CVE-2024-0001 - - - - not-affected unknown - -\n"
		"detail CVE-2024-0001 unknown -1.0 - -1 -1 - - - - 2024-01-15\n"
		"source redhat 2024-02-03T00:00:00Z\n");
}

static void a_vulnerabilitys_own_date_goes_before_the_documents(void **state)
{
	(void)state;
	assert_says(TREE "{'cve':'CVE-2024-0001','release_date':'2023-12-01T00:00:00Z',"
		"'product_status':{'known_affected':['el8:kernel']}},"
		"{'cve':'CVE-2024-0002','release_date':'2023-12-02T00:00:00Z',"
		"'product_status':{'known_affected':['AppStream-9:image']}}]}",
		"source redhat -\n"
		"fact redhat:8 kernel CVE-2024-0001 - - - - affected unknown - -\n"
		"detail CVE-2024-0001 unknown -1.0 - -1 -1 - - - - 2023-12-01\n"
		"skipped CVE-2024-0002: a product that is no rpm package of Red Hat\n"
		"source redhat 2024-02-03T00:00:00Z\n");
}

static void a_vulnerability_needs_a_cve_and_a_tree(void **state)
{
	(void)state;
	assert_says(TREE "{'ids':[{'text':'x'}]}]}", "skipped feed: a vulnerability without a CVE\n");
	assert_refused(BYTES_LIT("{\"document\":{},\"vulnerabilities\":[{}]}"), ERR_UNSUPPORTED,
		       "before the product_tree");
	assert_refused(BYTES_LIT("{\"document\":{},\"product_tree\":{\"branches\":[{\"branches\":[{"),
		       ERR_TRUNCATED, "offset");
}

/* As of openEuler-SA-2025-1351 (repo.openeuler.org/security/data/csaf): members, ids and
 * versions as there, without its prose. */
#define OPENEULER_RELEASE(release) "{'category':'product_version','product':{'name':'x'," \
	"'product_id':'openEuler-" release "','product_identification_helper':{'cpe':" \
	"'cpe:/a:openEuler:openEuler:" release "'}}}"
#define OPENEULER_RPM(file, release) "{'category':'product_version','product':{'name':'x'," \
	"'product_id':'" file "','product_identification_helper':{'cpe':" \
	"'cpe:/a:openEuler:openEuler:" release "'}}}"
#define OPENEULER_PART(release, id, file) "{'category':'default_component_of','full_product_name':{" \
	"'name':'x','product_id':'openEuler-" release ":" id "'},'product_reference':'" file \
	"','relates_to_product_reference':'openEuler-" release "'}"

static void openeuler_names_its_source_packages_by_their_files(void **state)
{
	(void)state;
	assert_says("{'document':{'category':'csaf_vex','csaf_version':'2.0','publisher':{'name':"
		"'openEuler'},'tracking':{'initial_release_date':'2025-03-29T14:31:53+08:00',"
		"'current_release_date':'2025-03-29T14:31:53+08:00','id':'openEuler-SA-2025-1351'}},"
		"'product_tree':{'branches':[{'category':'vendor','branches':[{'category':"
		"'product_name','branches':[" OPENEULER_RELEASE("22.03-LTS-SP3") ","
		OPENEULER_RELEASE("24.03-LTS") "]},{'category':'architecture','name':'src','branches':["
		OPENEULER_RPM("vim-9.0-33.oe2203sp3.src.rpm", "22.03-LTS-SP3") ","
		OPENEULER_RPM("vim-9.0.2092-18.oe2403.src.rpm", "24.03-LTS") ","
		OPENEULER_RPM("noversion.src.rpm", "24.03-LTS") ","
		OPENEULER_RPM("notes.txt", "24.03-LTS") "]},{'category':'architecture','name':"
		"'aarch64','branches':[" OPENEULER_RPM("vim-X11-9.0-33.oe2203sp3.aarch64.rpm",
		"22.03-LTS-SP3") "]}]}],'relationships':["
		OPENEULER_PART("22.03-LTS-SP3", "a", "vim-9.0-33.oe2203sp3.src.rpm") ","
		OPENEULER_PART("22.03-LTS-SP3", "b", "vim-X11-9.0-33.oe2203sp3.aarch64.rpm") ","
		OPENEULER_PART("24.03-LTS", "c", "vim-9.0.2092-18.oe2403.src.rpm") ","
		OPENEULER_PART("24.03-LTS", "d", "noversion.src.rpm") ","
		OPENEULER_PART("24.03-LTS", "e", "notes.txt") "]},"
		"'vulnerabilities':[{'cve':'CVE-2025-29768','product_status':{'fixed':["
		"'openEuler-22.03-LTS-SP3:a','openEuler-22.03-LTS-SP3:b','openEuler-24.03-LTS:c',"
		"'openEuler-24.03-LTS:d','openEuler-24.03-LTS:e']},'threats':[{'category':'impact',"
		"'details':'Medium'}]}]}",
		"source openeuler -\n"
		"fact openeuler:22.03-lts-sp3 vim CVE-2025-29768 openEuler-SA-2025-1351 - "
		"9.0-33.oe2203sp3 - fixed medium - -\n"
		"fact openeuler:24.03-lts vim CVE-2025-29768 openEuler-SA-2025-1351 - "
		"9.0.2092-18.oe2403 - fixed medium - -\n"
		"skipped CVE-2025-29768: a source package of openEuler whose name has no version\n"
		"skipped CVE-2025-29768: a product of openEuler that is no rpm package\n"
		"detail CVE-2025-29768 unknown -1.0 - -1 -1 - - - - 2025-03-29\n"
		"source openeuler 2025-03-29T06:31:53Z\n");
}

#define UPDATE(type, id, severity, cve, packages) \
	"<update from='x' type='" type "'><id>" id "</id><severity>" severity "</severity>" \
	"<updated date='2021-08-10 00:00:00'/><references><reference id='" cve "' type='cve'/>" \
	"</references><pkglist><collection short='x'><name>x</name>" packages "</collection></pkglist>" \
	"</update>"
#define RPM(name, epoch, version, release, src) "<package name='" name "' epoch='" epoch \
	"' version='" version "' release='" release "' arch='x86_64' src='" src "'><filename>x</filename>" \
	"</package>"

static const char updates[] =
	"<?xml version='1.0'?>\n<!-- c -->\n<updates>"
	UPDATE("security", "ALAS2023-2023-001", "important", "CVE-2022-24903",
		RPM("rsyslog", "0", "8.2204.0", "3.amzn2023.0.2", "x") RPM("rsyslog", "0", "8.2204.0",
		"3.amzn2023.0.2", "x") RPM("rsyslog-debuginfo", "0", "8.2204.0", "3.amzn2023.0.2", "x"))
	UPDATE("security", "RLSA-2021:2575", "Moderate", "CVE-2021-3520",
		RPM("lz4-devel", "1", "1.8.3", "3.el8_4", "lz4-1.8.3-3.el8_4.src.rpm"))
	UPDATE("security", "ALSA-2022:1", "Low", "CVE-2022-1", "<module stream='18' name='nodejs'/>"
		RPM("nodejs", "1", "18.1", "1.module_el8.4", "x"))
	UPDATE("security", "ALSA-2022:2", "Low", "CVE-2022-0002", "<module stream='18' name='nodejs'/>"
		RPM("nodejs", "1", "18.1", "1.module.el8.4", "x"))
	UPDATE("security", "ALINUX3-SA-2022:0001", "Low", "CVE-2022-0003", RPM("a", "", "1", "2.al8", "x"))
	UPDATE("security", "ANSA-2022:0001", "Low", "CVE-2022-0004", RPM("a", "0", "1", "2.an8", "x"))
	UPDATE("security", "ALAS2LIVEPATCH-2021-1", "Low", "CVE-2022-0005", RPM("a", "0", "1", "2", "x"))
	UPDATE("security", "XSA-1", "Low", "CVE-2022-0006", RPM("a", "0", "1", "2", "x"))
	UPDATE("bugfix", "RLBA-2021:1", "None", "RHBA-2021:1", RPM("a", "0", "1", "2.el8", "x"))
	"</updates>";

static const char said[] =
	"source amazon -\n"
	"fact amazon:2023 rsyslog CVE-2022-24903 ALAS2023-2023-001 - 8.2204.0-3.amzn2023.0.2 - fixed high - -\n"
	"source rocky -\n"
	"fact rocky:8 lz4 CVE-2021-3520 RLSA-2021:2575 - 1:1.8.3-3.el8_4 - fixed medium - -\n"
	"skipped ALSA-2022:1: a security notice that names no CVE\n"
	"source almalinux -\n"
	"fact almalinux:8 nodejs CVE-2022-0002 ALSA-2022:2 - 1:18.1-1.module.el8.4 - fixed low nodejs:18 -\n"
	"source alinux -\n"
	"fact alinux:3 a CVE-2022-0003 ALINUX3-SA-2022:0001 - 1-2.al8 - fixed low - -\n"
	"source anolis -\n"
	"fact anolis:8 a CVE-2022-0004 ANSA-2022:0001 - 1-2.an8 - fixed low - -\n"
	"skipped ALAS2LIVEPATCH-2021-1: a live patch mends the running kernel, not a package\n"
	"skipped XSA-1: a notice of nobody that Corten knows\n"
	"skipped RLBA-2021:1: a bug fix or enhancement that names no vulnerability\n"
	"source amazon 2021-08-10T00:00:00Z\n"
	"source rocky 2021-08-10T00:00:00Z\n"
	"source almalinux 2021-08-10T00:00:00Z\n"
	"source alinux 2021-08-10T00:00:00Z\n"
	"source anolis 2021-08-10T00:00:00Z\n";
/* clang-format on */

/* As openEuler's updateinfo.xml has them: the title alone names source and release. */
static void openeulers_notices_tell_source_and_release_in_their_title(void **state)
{
	(void)state;
	static const char text[] =
		"<?xml version='1.0'?>\n<updates>"
		"<update from='openeuler.org' type='security' status='stable'>"
		"<id>openEuler-SA-2021-1502</id><title>An update for polkit is now available for "
		"openEuler-20.03-LTS-SP3</title><severity>Important</severity>"
		"<release>openEuler</release><issued date='2022-01-27'></issued><references>"
		"<reference href='x' id='CVE-2021-4034' title='CVE-2021-4034' type='cve'/>"
		"</references><pkglist><collection><name>openEuler</name>"
		"<package arch='aarch64' name='polkit' release='9.oe1' version='0.116'/>"
		"<package arch='aarch64' name='polkit-devel' release='9.oe1' version='0.116'/>"
		"<package arch='x86_64' name='polkit' release='9.oe1' version='0.116'/>"
		"</collection></pkglist></update>"
		"<update type='security'><id>openEuler-SA-2021-1</id><title>An update for a is now "
		"available for openEuler-20.03-LTS</title><references><reference "
		"id='CVE-2021-1111'/>"
		"</references><pkglist><package name='a-libs' release='1' version='1'/></pkglist>"
		"</update>"
		"<update type='security'><id>openEuler-SA-2021-2</id><title>Something else</title>"
		"<references><reference id='CVE-2021-1112'/></references><pkglist>"
		"<package name='b' release='1' version='1'/></pkglist></update>"
		"</updates>";
	struct capture c = { 0 };
	if (capture_bytes(&c, bytes_str(text), "updateinfo.xml", NULL) < 0)
		fail_msg("%s", c.err.text);
	assert_string_equal(
		capture_text(&c),
		"source openeuler -\n"
		"fact openeuler:20.03-lts-sp3 polkit CVE-2021-4034 openEuler-SA-2021-1502 - "
		"0.116-9.oe1 - fixed high - -\n"
		"detail CVE-2021-4034 unknown -1.0 - -1 -1 - - - - 2022-01-27\n"
		"skipped openEuler-SA-2021-1: it has no package named as its source\n"
		"skipped openEuler-SA-2021-2: a package in it does not say its release\n"
		"source openeuler 2022-01-27T00:00:00Z\n");
	capture_free(&c);
}

static void updateinfo_tells_the_system_by_the_notices_id(void **state)
{
	(void)state;
	struct capture c = { 0 };
	if (capture_bytes(&c, bytes_str(updates), "updateinfo.xml", NULL) < 0)
		fail_msg("%s", c.err.text);
	assert_string_equal(capture_text(&c), said);
	capture_free(&c);
}

static struct bytes packed(uint8_t *out, size_t size)
{
	size_t n = 0;
	assert_int_equal(lzma_easy_buffer_encode(6, LZMA_CHECK_CRC64, NULL,
						 (const uint8_t *)updates, sizeof updates - 1, out,
						 &n, size),
			 LZMA_OK);
	return bytes_of(out, n);
}

static void xz_is_unpacked_on_the_way(void **state)
{
	(void)state;
	uint8_t out[16384];
	struct bytes xz = packed(out, sizeof out);
	struct capture c = { 0 };
	if (capture_bytes(&c, xz, "updateinfo.xml.xz", NULL) < 0)
		fail_msg("%s", c.err.text);
	assert_string_equal(capture_text(&c), said);
	capture_free(&c);
	assert_refused(bytes_sub(xz, 0, xz.n - 1), ERR_TRUNCATED, "xz");
	assert_refused(bytes_sub(xz, 0, 8), ERR_TRUNCATED, "xz");
	out[xz.n / 2] ^= 0x55;
	assert_refused(xz, ERR_MALFORMED, "xz");
}

static void broken_xml_names_its_line(void **state)
{
	(void)state;
	assert_refused(BYTES_LIT("<updates>\n<update>\n</updates>"), ERR_MALFORMED, "line 3");
	assert_refused(BYTES_LIT("<updates><update>"), ERR_TRUNCATED, "line 1");
	assert_refused(BYTES_LIT("<html><body/></html>"), ERR_MALFORMED, "not an advisory feed");
	assert_refused(BYTES_LIT("<!DOCTYPE x [<!ENTITY a 'b'>]>\n<updates>&a;</updates>"),
		       ERR_UNSUPPORTED, "entities");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_vex_document_says_what_each_product_is),
		cmocka_unit_test(a_vulnerabilitys_own_date_goes_before_the_documents),
		cmocka_unit_test(a_vulnerability_needs_a_cve_and_a_tree),
		cmocka_unit_test(openeuler_names_its_source_packages_by_their_files),
		cmocka_unit_test(openeulers_notices_tell_source_and_release_in_their_title),
		cmocka_unit_test(updateinfo_tells_the_system_by_the_notices_id),
		cmocka_unit_test(xz_is_unpacked_on_the_way),
		cmocka_unit_test(broken_xml_names_its_line),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
