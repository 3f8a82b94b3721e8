/* Artifacts of Maven Central whose jars often come without pom.properties, because
 * Gradle, Ant or a build tool of their own made them. A name is here only when the
 * group is the one that everybody means by it. */
#include "apps/java.h"

static const struct {
	const char *artifacts;
	const char *group;
	unsigned from; /* major versions before this one were published elsewhere */
} groups[] = {
	{ "spring-boot|spring-boot-*", "org.springframework.boot", 0 },
	{ "spring-security-*", "org.springframework.security", 0 },
	{ "spring-session-*", "org.springframework.session", 0 },
	{ "spring-integration-*", "org.springframework.integration", 0 },
	{ "spring-kafka", "org.springframework.kafka", 0 },
	{ "spring-rabbit|spring-amqp", "org.springframework.amqp", 0 },
	{ "spring-retry", "org.springframework.retry", 0 },
	{ "spring-batch-core|spring-batch-infrastructure", "org.springframework.batch", 0 },
	{ "spring-ldap-core", "org.springframework.ldap", 0 },
	{ "spring-plugin-core", "org.springframework.plugin", 0 },
	{ "spring-ws-core", "org.springframework.ws", 0 },
	{ "spring-aop|spring-aspects|spring-beans|spring-context|spring-context-support|"
	  "spring-core|spring-expression|spring-instrument|spring-jcl|spring-jdbc|spring-jms|"
	  "spring-messaging|spring-orm|spring-oxm|spring-test|spring-tx|spring-web|"
	  "spring-webflux|spring-webmvc|spring-websocket",
	  "org.springframework", 0 },
	{ "tomcat-embed-core|tomcat-embed-el|tomcat-embed-jasper|tomcat-embed-websocket",
	  "org.apache.tomcat.embed", 0 },
	{ "tomcat-annotations-api|tomcat-api|tomcat-catalina|tomcat-coyote|tomcat-dbcp|"
	  "tomcat-jasper|tomcat-jdbc|tomcat-juli|tomcat-servlet-api|tomcat-util|tomcat-util-scan|"
	  "tomcat-websocket",
	  "org.apache.tomcat", 0 },
	{ "kotlin-stdlib|kotlin-stdlib-*|kotlin-reflect|kotlin-script-runtime|"
	  "kotlin-compiler-embeddable",
	  "org.jetbrains.kotlin", 0 },
	{ "kotlinx-coroutines-*", "org.jetbrains.kotlinx", 0 },
	{ "okhttp|okhttp-*|logging-interceptor", "com.squareup.okhttp3", 3 },
	{ "okio|okio-jvm", "com.squareup.okio", 0 },
	{ "retrofit", "com.squareup.retrofit2", 2 },
	{ "reactor-core", "io.projectreactor", 3 },
	{ "reactor-netty|reactor-netty-core|reactor-netty-http", "io.projectreactor.netty", 0 },
	{ "micrometer-core|micrometer-commons|micrometer-observation|micrometer-registry-*",
	  "io.micrometer", 0 },
	{ "elasticsearch|elasticsearch-core|elasticsearch-x-content", "org.elasticsearch", 0 },
	{ "elasticsearch-rest-client", "org.elasticsearch.client", 0 },
	{ "lucene-*", "org.apache.lucene", 0 },
	{ "kafka-clients|kafka-streams|kafka_2.11|kafka_2.12|kafka_2.13|kafka-raft|"
	  "kafka-server-common|connect-api|connect-runtime",
	  "org.apache.kafka", 0 },
	{ "apache-cassandra", "org.apache.cassandra", 0 },
	{ "grpc-api|grpc-core|grpc-context|grpc-netty|grpc-netty-shaded|grpc-okhttp|"
	  "grpc-protobuf|grpc-protobuf-lite|grpc-stub",
	  "io.grpc", 0 },
	{ "opentelemetry-api|opentelemetry-sdk|opentelemetry-context", "io.opentelemetry", 0 },
	{ "mysql-connector-java", "mysql", 0 },
	{ "mysql-connector-j", "com.mysql", 0 },
	{ "postgresql", "org.postgresql", 42 },
	{ "bcprov-jdk15on|bcprov-jdk18on|bcpkix-jdk15on|bcpkix-jdk18on|bcutil-jdk18on|"
	  "bcprov-jdk15to18",
	  "org.bouncycastle", 0 },
	{ "solr-core|solr-solrj", "org.apache.solr", 0 },
	{ "velocity-engine-core", "org.apache.velocity", 0 },
	{ "scala-library|scala-reflect|scala-compiler", "org.scala-lang", 0 },
	{ "akka-actor_2.12|akka-actor_2.13|akka-stream_2.12|akka-stream_2.13", "com.typesafe.akka",
	  0 },
	{ "akka-http-core_2.12|akka-http-core_2.13|akka-http_2.12|akka-http_2.13",
	  "com.typesafe.akka", 0 },
	{ "mongodb-driver-core|mongodb-driver-sync|mongo-java-driver", "org.mongodb", 0 },
	{ "quartz", "org.quartz-scheduler", 2 },
	{ "graphql-java", "com.graphql-java", 0 },
	{ "ant", "org.apache.ant", 0 },
	{ "dom4j", "org.dom4j", 2 },
	{ "freemarker", "org.freemarker", 2 },
	{ "h2", "com.h2database", 0 },
	{ "hsqldb", "org.hsqldb", 2 },
	{ "jdom2", "org.jdom", 0 },
	{ "jython-standalone", "org.python", 0 },
	{ "mssql-jdbc", "com.microsoft.sqlserver", 0 },
	{ "ojdbc8|ojdbc10|ojdbc11", "com.oracle.database.jdbc", 0 },
	{ "poi|poi-ooxml|poi-ooxml-schemas|poi-ooxml-lite|poi-ooxml-full|poi-scratchpad|poi-"
	  "excelant",
	  "org.apache.poi", 0 },
	{ "struts2-core", "org.apache.struts", 0 },
	{ "xalan", "xalan", 0 },
	{ "xercesImpl", "xerces", 0 },
	{ "antlr4-runtime", "org.antlr", 0 },
	{ "aspectjweaver|aspectjrt", "org.aspectj", 0 },
	{ "error_prone_annotations", "com.google.errorprone", 0 },
};

uint64_t java_major(struct bytes version)
{
	size_t n = 0;
	uint64_t major = 0;
	while (n < version.n && app_is_digit(version.p[n]))
		n++;
	return bytes_to_u64(bytes_sub(version, 0, n), &major) ? major : 0;
}

struct bytes java_known_group(struct bytes artifact, struct bytes version)
{
	for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++)
		if (app_name_fits(artifact, groups[i].artifacts) &&
		    java_major(version) >= groups[i].from)
			return bytes_str(groups[i].group);
	return bytes_of(NULL, 0);
}
