#!/usr/bin/env bash
# Lays an Elasticsearch home out of the server's published jars: build.sh HOME
# Needs Maven and a JDK of 21 or later in JAVA_HOME. Some 45 MB, a few seconds once the jars are cached.
set -euo pipefail
: "${1:?usage: build.sh HOME}" "${JAVA_HOME:?set it to a JDK of 21 or later}"
here=$(cd "$(dirname "$0")" && pwd)
home=$(mkdir -p "$1" && cd "$1" && pwd)
version=$(sed -n 's:.*<elasticsearch.version>\(.*\)</elasticsearch.version>.*:\1:p' "$here/pom.xml")
classes=$home/classes

module() { # name, class of the plugin
  printf '%s\n' "name=$1" "classname=$2" "description=$1" "version=$version" "elasticsearch.version=$version" \
    java.version=21 has.native.controller=false licensed=false > "$home/modules/$1/plugin-descriptor.properties"
}

mkdir -p "$home"/{config,lib/platform,plugins,modules/transport-netty4,modules/devnode} "$classes"/{server,plugin}
mvn -q -B -f "$here/pom.xml" dependency:copy-dependencies -DoutputDirectory="$home/lib"
mv "$home"/lib/netty-*.jar "$home"/lib/transport-netty4-*.jar "$home/modules/transport-netty4/"
module transport-netty4 org.elasticsearch.transport.netty4.Netty4Plugin

"$JAVA_HOME/bin/javac" --release 21 -cp "$home/lib/*" -d "$classes/server" "$here/src/DevNode.java"
"$JAVA_HOME/bin/javac" --release 21 -cp "$home/lib/*" -d "$classes/plugin" "$here/src/DevNodePlugin.java"
"$JAVA_HOME/bin/jar" cf "$home/lib/devnode.jar" -C "$classes/server" .
"$JAVA_HOME/bin/jar" cf "$home/modules/devnode/devnode-plugin.jar" -C "$classes/plugin" .
module devnode DevNodePlugin
rm -r "$classes"

cat > "$home/config/log4j2.properties" <<'LOG'
status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = [%d{ISO8601}][%-5p][%-25c{1.}] %m%n
rootLogger.level = info
rootLogger.appenderRef.console.ref = console
LOG
