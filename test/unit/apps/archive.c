#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "file_make.h"

#define PROPERTIES(g, a, v) "#made\ngroupId=" g "\nartifactId=" a "\nversion=" v "\n"

static struct bytes jar_of(struct zip_made *z, const char *group, const char *artifact,
			   const char *version)
{
	char path[256], text[256];
	(void)snprintf(path, sizeof path, "META-INF/maven/%s/%s/pom.properties", group, artifact);
	(void)snprintf(text, sizeof text, PROPERTIES("%s", "%s", "%s"), group, artifact, version);
	zip_add_text(z, "META-INF/MANIFEST.MF", "Manifest-Version: 1.0\r\n\r\n");
	zip_add_text(z, path, text);
	return zip_end(z);
}

static void coordinates_come_from_pom_properties_first(void **state)
{
	(void)state;
	cleanup_zip struct zip_made z = zip_make();
	check_file(APP_JAVA_ARCHIVE, "app/other-name-9.9.jar",
		   jar_of(&z, "org.apache.commons", "commons-text", "1.9"),
		   "maven org.apache.commons:commons-text 1.9\n");
}

static void a_shaded_jar_tells_every_jar_in_it(void **state)
{
	(void)state;
	cleanup_zip struct zip_made z = zip_make();
	zip_add_text(&z, "META-INF/maven/org.a/own/pom.properties",
		     PROPERTIES("org.a", "own", "1.0"));
	zip_add_text(&z, "META-INF/maven/org.b/shaded/pom.properties",
		     "version = 2.0.1\r\ngroupId = org.b\r\nartifactId = shaded\r\n");
	/* what is missing stands in the path */
	zip_add_text(&z, "META-INF/maven/org.c/short/pom.properties", "version=3\n");
	zip_add_text(&z, "BOOT-INF/META-INF/maven/org.d/deeper/pom.properties",
		     PROPERTIES("org.d", "deeper", "4"));
	check_file(APP_JAVA_ARCHIVE, "own.jar", zip_end(&z),
		   "maven org.a:own 1.0\nmaven org.b:shaded 2.0.1\nmaven org.c:short 3\n");
}

static void a_place_holder_is_no_version(void **state)
{
	(void)state;
	cleanup_zip struct zip_made z = zip_make();
	zip_add_text(&z, "META-INF/maven/g/a/pom.properties",
		     PROPERTIES("g", "a", "${project.version}"));
	cleanup_file_read struct file_read r = file_read(APP_JAVA_ARCHIVE, "a.jar", zip_end(&z));
	assert_int_equal(r.err.code, ERR_NONE);
	assert_string_equal(buf_cstr(&r.packages, NULL), "");
	assert_non_null(strstr(buf_cstr(&r.skipped, NULL), "coordinates"));
}

static void manifests_are_believed_where_they_name_group_and_artifact(void **state)
{
	(void)state;
	static const struct {
		const char *path, *manifest, *packages;
	} rows[] = {
		/* a group that is known by the artifact: Gradle's jars of Spring */
		{ "lib/spring-core-5.3.18.jar",
		  "Manifest-Version: 1.0\nImplementation-Title: spring-core\n"
		  "Automatic-Module-Name: spring.core\nImplementation-Version: 5.3.18\n",
		  "maven org.springframework:spring-core 5.3.18\n" },
		{ "lib/spring-boot-starter-web-2.7.0-SNAPSHOT.jar", "Manifest-Version: 1.0\n",
		  "maven org.springframework.boot:spring-boot-starter-web 2.7.0-SNAPSHOT\n" },
		{ "lib/tomcat-embed-core-9.0.65.jar", "Bundle-SymbolicName: x\n",
		  "maven org.apache.tomcat.embed:tomcat-embed-core 9.0.65\n" },
		{ "lib/catalina.jar",
		  "Bundle-SymbolicName: org.apache.tomcat-catalina\nBundle-Version: 9.0.65\n",
		  "maven org.apache.tomcat:tomcat-catalina 9.0.65\n" },
		{ "lib/postgresql-42.2.5.jar", "A: b\n",
		  "maven org.postgresql:postgresql 42.2.5\n" },
		{ "lib/postgresql-9.1-901.jar", "A: b\n", "" },
		{ "lib/spring-core.jar", "Implementation-Version: 5.3.18\n",
		  "maven org.springframework:spring-core 5.3.18\n" },
		/* vendor id, when the module's name begins with it */
		{ "lib/thing-api-1.2.jar",
		  "Implementation-Vendor-Id: org.example\nImplementation-Version: 1.2\n"
		  "Automatic-Module-Name: org.example.thing\n",
		  "maven org.example:thing-api 1.2\n" },
		{ "lib/thing-api-1.2.jar",
		  "Implementation-Vendor-Id: org.example\nImplementation-Version: 1.3\n"
		  "Automatic-Module-Name: org.example.thing\n",
		  "" },
		{ "lib/commons-io-2.6.jar",
		  "Implementation-Vendor-Id: org.apache\nImplementation-Version: 2.6\n"
		  "Bundle-SymbolicName: org.apache.commons.io\n",
		  "" },
		/* a bundle's name that ends with the artifact's; folded over lines */
		{ "lib/jackson-core-2.13.1.jar",
		  "Bundle-SymbolicName: com.fasterxml.jackson.core.jackso\r\n "
		  "n-core;singleton:=true\r\n"
		  "Bundle-Version: 2.13.1\r\n",
		  "maven com.fasterxml.jackson.core:jackson-core 2.13.1\n" },
		/* one word may be the end of the group */
		{ "lib/guava-31.1-jre.jar",
		  "Bundle-SymbolicName: com.google.guava\nBundle-Version: 31.1-jre\n", "" },
		{ "plugins/git.jpi",
		  "Group-Id: org.jenkins-ci.plugins\nShort-Name: git\nPlugin-Version: 4.8.2\n",
		  "maven org.jenkins-ci.plugins:git 4.8.2\n" },
		{ "jenkins.war", "Implementation-Title: Jenkins war\nJenkins-Version: 2.401.3\n",
		  "generic jenkins 2.401.3\n" },
		{ "opt/kafka/libs/kafka_2.13-3.5.0.jar", "Version: 3.5.0\n",
		  "generic kafka 3.5.0\nmaven org.apache.kafka:kafka_2.13 3.5.0\n" },
		{ "opt/cassandra/lib/apache-cassandra-4.1.3.jar", "A: b\n",
		  "generic cassandra 4.1.3\nmaven org.apache.cassandra:apache-cassandra 4.1.3\n" },
		/* nobody knows whose it is */
		{ "lib/utils-1.0.jar", "Implementation-Title: utils\nImplementation-Version: 1.0\n",
		  "" },
		/* only the main section counts */
		{ "lib/thing-api-1.2.jar",
		  "A: b\n\nImplementation-Vendor-Id: org.example\nImplementation-Version: 1.2\n"
		  "Automatic-Module-Name: org.example.thing\n",
		  "" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		cleanup_zip struct zip_made z = zip_make();
		zip_add_text(&z, "META-INF/MANIFEST.MF", rows[i].manifest);
		check_file(APP_JAVA_ARCHIVE, rows[i].path, zip_end(&z), rows[i].packages);
	}
}

static void tomcat_tells_its_version_in_its_own_jar_only(void **state)
{
	(void)state;
	static const char *const paths[] = { "opt/tomcat/lib/catalina.jar", "lib/x.jar" };
	for (size_t i = 0; i < 2; i++) {
		cleanup_zip struct zip_made z = zip_make();
		zip_add_text(&z, "org/apache/catalina/util/ServerInfo.properties",
			     "server.info=Apache Tomcat/9.0.65\nserver.number=9.0.65.0\n");
		check_file(APP_JAVA_ARCHIVE, paths[i], zip_end(&z),
			   i == 0 ? "generic tomcat 9.0.65\n" : "");
	}
}

static void nested_archives_are_read_stored_and_deflated(void **state)
{
	(void)state;
	cleanup_zip struct zip_made a = zip_make(), b = zip_make(), war = zip_make(),
				    ear = zip_make();
	struct bytes stored = jar_of(&a, "org.a", "stored", "1"),
		     deflated = jar_of(&b, "org.b", "deflated", "2");
	zip_add(&war, "WEB-INF/lib/a.jar", stored, false);
	zip_add(&war, "WEB-INF/lib/b.JAR", deflated, true);
	zip_add(&ear, "web.war", zip_end(&war), true);
	zip_add(&ear, "lib/a.jar", stored, false);
	check_file(APP_JAVA_ARCHIVE, "app.ear", zip_end(&ear),
		   "maven org.a:stored 1 web.war!/WEB-INF/lib/a.jar\n"
		   "maven org.b:deflated 2 web.war!/WEB-INF/lib/b.JAR\n"
		   "maven org.a:stored 1 lib/a.jar\n");
}

static void a_fat_jar_of_spring_boot_tells_its_libraries(void **state)
{
	(void)state;
	cleanup_zip struct zip_made web = zip_make(), yaml = zip_make(), boot = zip_make();
	zip_add_text(&web, "META-INF/MANIFEST.MF", "Implementation-Version: 5.3.18\n");
	struct bytes library = jar_of(&yaml, "org.yaml", "snakeyaml", "1.30");
	zip_add_text(&boot, "META-INF/MANIFEST.MF",
		     "Main-Class: org.springframework.boot.loader.JarLauncher\n"
		     "Start-Class: com.example.App\nSpring-Boot-Version: 2.6.6\n");
	zip_add(&boot, "BOOT-INF/lib/spring-web-5.3.18.jar", zip_end(&web), false);
	zip_add(&boot, "BOOT-INF/lib/snakeyaml-1.30.jar", library, false);
	check_file(
		APP_JAVA_ARCHIVE, "app.jar", zip_end(&boot),
		"maven org.springframework:spring-web 5.3.18 BOOT-INF/lib/spring-web-5.3.18.jar\n"
		"maven org.yaml:snakeyaml 1.30 BOOT-INF/lib/snakeyaml-1.30.jar\n");
}

static void archives_deeper_than_the_limit_are_told_as_skipped(void **state)
{
	(void)state;
	struct zip_made z[8];
	struct bytes inner;
	z[0] = zip_make();
	inner = jar_of(&z[0], "g", "deepest", "1");
	for (int i = 1; i < 8; i++) {
		z[i] = zip_make();
		zip_add(&z[i], "n.jar", inner, i % 2 == 0);
		inner = zip_end(&z[i]);
	}
	cleanup_file_read struct file_read r = file_read(APP_JAVA_ARCHIVE, "a.jar", inner);
	assert_int_equal(r.err.code, ERR_NONE);
	assert_string_equal(buf_cstr(&r.packages, NULL), "");
	assert_non_null(strstr(buf_cstr(&r.skipped, NULL), "deeper"));
	for (int i = 0; i < 8; i++)
		zip_made_free(&z[i]);
}

/* What cannot be read does not keep the rest from being read. */
static void a_damaged_member_is_skipped(void **state)
{
	(void)state;
	cleanup_zip struct zip_made good = zip_make(), z = zip_make();
	struct bytes jar = jar_of(&good, "g", "good", "1");
	zip_add_text(&z, "bad.jar", "this is no archive");
	zip_add(&z, "cut.jar", bytes_sub(jar, 0, jar.n - 5), false);
	zip_add(&z, "good.jar", jar, true);
	struct bytes all = zip_end(&z);
	cleanup_file_read struct file_read r = file_read(APP_JAVA_ARCHIVE, "a.jar", all);
	assert_int_equal(r.err.code, ERR_NONE);
	assert_string_equal(buf_cstr(&r.packages, NULL), "maven g:good 1 good.jar\n");
	assert_non_null(strstr(buf_cstr(&r.skipped, NULL), "bad.jar"));
	assert_non_null(strstr(buf_cstr(&r.skipped, NULL), "cut.jar"));
	cleanup_file_read struct file_read no =
		file_read(APP_JAVA_ARCHIVE, "a.jar", bytes_sub(all, 0, all.n - 1));
	assert_int_equal(no.err.code, ERR_TRUNCATED);
}

/* A jar of zeros that says it is a jar: what it would grow to is not inflated. */
static void a_bomb_in_an_archive_is_skipped(void **state)
{
	(void)state;
	cleanup_zip struct zip_made z = zip_make();
	cleanup_buf struct buf zeros = buf_max(128 * MIB);
	assert_int_equal(buf_reserve(&zeros, 65 * MIB, NULL), 0);
	memset(zeros.p, 0, 65 * MIB);
	zip_add(&z, "bomb.jar", bytes_of(zeros.p, 65 * MIB), true);
	zip_add(&z, "bomb2.jar", bytes_of(zeros.p, 60 * MIB), true);
	zip_add_text(&z, "META-INF/maven/g/a/pom.properties", PROPERTIES("g", "a", "1"));
	cleanup_file_read struct file_read r = file_read(APP_JAVA_ARCHIVE, "a.jar", zip_end(&z));
	assert_int_equal(r.err.code, ERR_NONE);
	assert_string_equal(buf_cstr(&r.packages, NULL), "maven g:a 1\n");
	assert_non_null(strstr(buf_cstr(&r.skipped, NULL), "bomb.jar: 68157440 bytes"));
	assert_non_null(strstr(buf_cstr(&r.skipped, NULL), "bomb2.jar"));
}

static void eggs_and_wheels_tell_their_name_and_version(void **state)
{
	(void)state;
	static const struct {
		const char *path, *member, *text, *packages;
	} rows[] = {
		{ "x/PyYAML-5.3.egg", "EGG-INFO/PKG-INFO",
		  "Metadata-Version: 1.1\nName: PyYAML\nVersion: 5.3\n\nName: other\n",
		  "pypi PyYAML 5.3\n" },
		{ "x/idna-3.4-py3-none-any.whl", "idna-3.4.dist-info/METADATA",
		  "Metadata-Version: 2.1\r\nName: idna\r\nVersion: 3.4\r\n", "pypi idna 3.4\n" },
		{ "x/a.whl", "vendor/idna-3.4.dist-info/METADATA", "Name: idna\nVersion: 3.4\n",
		  "" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		cleanup_zip struct zip_made z = zip_make();
		zip_add_text(&z, "code.py", "Name: wrong\n");
		zip_add_text(&z, rows[i].member, rows[i].text);
		check_file(APP_PYTHON_EGG, rows[i].path, zip_end(&z), rows[i].packages);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(coordinates_come_from_pom_properties_first),
		cmocka_unit_test(a_shaded_jar_tells_every_jar_in_it),
		cmocka_unit_test(a_place_holder_is_no_version),
		cmocka_unit_test(manifests_are_believed_where_they_name_group_and_artifact),
		cmocka_unit_test(tomcat_tells_its_version_in_its_own_jar_only),
		cmocka_unit_test(nested_archives_are_read_stored_and_deflated),
		cmocka_unit_test(a_fat_jar_of_spring_boot_tells_its_libraries),
		cmocka_unit_test(archives_deeper_than_the_limit_are_told_as_skipped),
		cmocka_unit_test(a_damaged_member_is_skipped),
		cmocka_unit_test(a_bomb_in_an_archive_is_skipped),
		cmocka_unit_test(eggs_and_wheels_tell_their_name_and_version),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
