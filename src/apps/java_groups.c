/* Artifacts of Maven Central whose jars often come without pom.properties, because
 * Gradle, Ant or a build tool of their own made them. A name is here only when the
 * group is the one that everybody means by it. */
#include "apps/java.h"

static const struct {
	const char *artifacts;
	const char *group;
} groups[] = {
	{ "spring-boot|spring-boot-*", "org.springframework.boot" },
	{ "spring-security-*", "org.springframework.security" },
	{ "spring-session-*", "org.springframework.session" },
	{ "spring-integration-*", "org.springframework.integration" },
	{ "spring-kafka", "org.springframework.kafka" },
	{ "spring-rabbit|spring-amqp", "org.springframework.amqp" },
	{ "spring-retry", "org.springframework.retry" },
	{ "spring-batch-core|spring-batch-infrastructure", "org.springframework.batch" },
	{ "spring-ldap-core", "org.springframework.ldap" },
	{ "spring-plugin-core", "org.springframework.plugin" },
	{ "spring-ws-core", "org.springframework.ws" },
	{ "spring-aop|spring-aspects|spring-beans|spring-context|spring-context-support|"
	  "spring-core|spring-expression|spring-instrument|spring-jcl|spring-jdbc|spring-jms|"
	  "spring-messaging|spring-orm|spring-oxm|spring-test|spring-tx|spring-web|"
	  "spring-webflux|spring-webmvc|spring-websocket",
	  "org.springframework" },
	{ "tomcat-embed-core|tomcat-embed-el|tomcat-embed-jasper|tomcat-embed-websocket",
	  "org.apache.tomcat.embed" },
	{ "tomcat-annotations-api|tomcat-api|tomcat-catalina|tomcat-coyote|tomcat-dbcp|"
	  "tomcat-jasper|tomcat-jdbc|tomcat-juli|tomcat-servlet-api|tomcat-util|tomcat-util-scan|"
	  "tomcat-websocket",
	  "org.apache.tomcat" },
	{ "kotlin-stdlib|kotlin-stdlib-*|kotlin-reflect|kotlin-script-runtime|"
	  "kotlin-compiler-embeddable",
	  "org.jetbrains.kotlin" },
	{ "kotlinx-coroutines-*", "org.jetbrains.kotlinx" },
	{ "okhttp|okhttp-*|logging-interceptor", "com.squareup.okhttp3" },
	{ "okio|okio-jvm", "com.squareup.okio" },
	{ "retrofit", "com.squareup.retrofit2" },
	{ "hibernate-core|hibernate-entitymanager|hibernate-envers", "org.hibernate" },
	{ "reactor-core", "io.projectreactor" },
	{ "reactor-netty|reactor-netty-core|reactor-netty-http", "io.projectreactor.netty" },
	{ "micrometer-core|micrometer-commons|micrometer-observation|micrometer-registry-*",
	  "io.micrometer" },
	{ "rxjava", "io.reactivex.rxjava3" },
	{ "elasticsearch|elasticsearch-core|elasticsearch-x-content", "org.elasticsearch" },
	{ "elasticsearch-rest-client", "org.elasticsearch.client" },
	{ "lucene-*", "org.apache.lucene" },
	{ "kafka-clients|kafka-streams|kafka_2.11|kafka_2.12|kafka_2.13|kafka-raft|"
	  "kafka-server-common|connect-api|connect-runtime",
	  "org.apache.kafka" },
	{ "apache-cassandra", "org.apache.cassandra" },
	{ "groovy-json|groovy-xml|groovy-sql|groovy-templates", "org.codehaus.groovy" },
	{ "grpc-api|grpc-core|grpc-context|grpc-netty|grpc-netty-shaded|grpc-okhttp|"
	  "grpc-protobuf|grpc-protobuf-lite|grpc-stub",
	  "io.grpc" },
	{ "opentelemetry-api|opentelemetry-sdk|opentelemetry-context", "io.opentelemetry" },
	{ "mysql-connector-java", "mysql" },
	{ "mysql-connector-j", "com.mysql" },
	{ "postgresql", "org.postgresql" },
	{ "bcprov-jdk15on|bcprov-jdk18on|bcpkix-jdk15on|bcpkix-jdk18on|bcutil-jdk18on|"
	  "bcprov-jdk15to18",
	  "org.bouncycastle" },
	{ "solr-core|solr-solrj", "org.apache.solr" },
	{ "velocity-engine-core", "org.apache.velocity" },
	{ "scala-library|scala-reflect|scala-compiler", "org.scala-lang" },
	{ "akka-actor_2.12|akka-actor_2.13|akka-stream_2.12|akka-stream_2.13",
	  "com.typesafe.akka" },
	{ "akka-http-core_2.12|akka-http-core_2.13|akka-http_2.12|akka-http_2.13",
	  "com.typesafe.akka" },
	{ "mongodb-driver-core|mongodb-driver-sync|mongo-java-driver", "org.mongodb" },
	{ "quartz", "org.quartz-scheduler" },
	{ "graphql-java", "com.graphql-java" },
	{ "ant", "org.apache.ant" },
	{ "antlr4-runtime", "org.antlr" },
	{ "aspectjweaver|aspectjrt", "org.aspectj" },
	{ "error_prone_annotations", "com.google.errorprone" },
};

struct bytes java_known_group(struct bytes artifact)
{
	for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++)
		if (app_name_fits(artifact, groups[i].artifacts))
			return bytes_str(groups[i].group);
	return bytes_of(NULL, 0);
}
