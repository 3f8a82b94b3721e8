/* What Maven, Gradle and sbt lock and list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "read_helper.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void a_pom_tells_its_own_coordinates_and_its_dependencies(void **state)
{
	static const struct read_row rows[] = {
		{ "pom.xml",
		  "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		  "<project xmlns=\"http://maven.apache.org/POM/4.0.0\">\n"
		  "  <modelVersion>4.0.0</modelVersion>\n"
		  "  "
		  "<parent><groupId>org.parent</groupId><artifactId>p</artifactId><version>9</"
		  "version></parent>\n"
		  "  <artifactId>demo</artifactId>\n"
		  "  <licenses><license><name>MIT</name></license></licenses>\n"
		  "  "
		  "<properties><jackson.version>2.15.2</jackson.version><v>${jackson.version}</v></"
		  "properties>\n"
		  "  <dependencyManagement><dependencies>\n"
		  "    "
		  "<dependency><groupId>m</groupId><artifactId>managed</artifactId><version>1.1</"
		  "version>\n"
		  "      <scope>test</scope></dependency>\n"
		  "  </dependencies></dependencyManagement>\n"
		  "  <dependencies>\n"
		  "    <dependency>\n"
		  "      <groupId>com.fasterxml.jackson.core</groupId>\n"
		  "      <artifactId>jackson-databind</artifactId>\n"
		  "      <version>${v}</version>\n"
		  "    </dependency>\n"
		  "    "
		  "<dependency><groupId>m</groupId><artifactId>managed</artifactId></dependency>\n"
		  "    "
		  "<dependency><groupId>${project.groupId}</groupId><artifactId>sister</"
		  "artifactId>\n"
		  "      <version>${project.parent.version}</version></dependency>\n"
		  "    "
		  "<dependency><groupId>junit</groupId><artifactId>junit</"
		  "artifactId><version>[4.13]</version>\n"
		  "      <scope>test</scope>\n"
		  "      "
		  "<exclusions><exclusion><groupId>org.hamcrest</groupId></exclusion></"
		  "exclusions></dependency>\n"
		  "  </dependencies>\n"
		  "  "
		  "<profiles><profile><dependencies><dependency><groupId>x</groupId><artifactId>y</"
		  "artifactId>\n"
		  "    <version>1</version></dependency></dependencies></profile></profiles>\n"
		  "</project>\n",
		  "maven org.parent:demo 9 (MIT) :2\n"
		  "maven com.fasterxml.jackson.core:jackson-databind 2.15.2 direct :13\n"
		  "maven m:managed 1.1 dev direct :18\n"
		  "maven org.parent:sister 9 direct :19\n"
		  "maven junit:junit 4.13 dev direct :21\n" },
		{ "META-INF/maven/a/b/pom.xml",
		  "<project><groupId>a</groupId><artifactId>b</artifactId><version>${revision}</"
		  "version></project>\n",
		  "" },
	};
	(void)state;
	check_rows(rows, COUNT(rows));
}

static void gradle_and_sbt_lock_files_are_read(void **state)
{
	static const struct read_row rows[] = {
		{ "gradle.lockfile",
		  "# This is a Gradle generated file for dependency locking.\n"
		  "com.google.guava:guava:31.1-jre=compileClasspath,runtimeClasspath,"
		  "testCompileClasspath\n"
		  "junit:junit:4.13.2=testCompileClasspath,testRuntimeClasspath\n"
		  "empty=annotationProcessor\n",
		  "maven com.google.guava:guava 31.1-jre :2\n"
		  "maven junit:junit 4.13.2 dev :3\n" },
		{ "buildscript-gradle.lockfile", "org.x:plugin:1.0=classpath\n",
		  "maven org.x:plugin 1.0 dev :1\n" },
		{ "gradle/dependency-locks/testRuntimeClasspath.lockfile", "junit:junit:4.12\n",
		  "maven junit:junit 4.12 dev :1\n" },
		{ "gradle/dependency-locks/compileClasspath.lockfile", "a:b:1\n",
		  "maven a:b 1 :1\n" },
		{ "build.sbt.lock",
		  "{ \"lockVersion\": 1, \"dependencies\": [\n"
		  "  { \"org\": \"org.typelevel\", \"name\": \"cats-core_2.13\", \"version\": "
		  "\"2.9.0\", \"configurations\": [\"compile\", \"test\"] },\n"
		  "  { \"org\": \"org.scalatest\", \"name\": \"scalatest_2.13\", \"version\": "
		  "\"3.2.15\", \"configurations\": [\"test\"] }\n"
		  "] }\n",
		  "maven org.typelevel:cats-core_2.13 2.9.0 :2\n"
		  "maven org.scalatest:scalatest_2.13 3.2.15 dev :3\n" },
	};
	(void)state;
	check_rows(rows, COUNT(rows));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pom_tells_its_own_coordinates_and_its_dependencies),
		cmocka_unit_test(gradle_and_sbt_lock_files_are_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
