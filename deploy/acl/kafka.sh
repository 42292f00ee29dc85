#!/bin/sh
# Who may do what with Duewatch's topics, and nothing else: access-control lists for Kafka's own kafka-acls.sh.
#
#   BOOTSTRAP=broker-1:9093 COMMAND_CONFIG=admin.properties sh kafka.sh
#
# COMMAND_CONFIG: how an administrator gets in, as kafka-acls.sh takes it. PREFIX and GROUP are DUEWATCH_PREFIX and
# DUEWATCH_GROUP. With DUEWATCH_TOPICS_PER=institution INSTITUTIONS has the names of those whose data the dialer, the
# gateway, the field app and the warehouse may read, as they stand in names of topics ("bank-a bank_20_b"): run it once
# for each set of users, such as those of an agency that serves two lenders.
set -eu

: "${BOOTSTRAP:?host:port of a broker}"
PREFIX=${PREFIX:-duewatch} GROUP=${GROUP:-duewatch} INSTITUTIONS=${INSTITUTIONS:-}
OPERATOR=${OPERATOR:-duewatch-operator} WORKER=${WORKER:-duewatch-worker}
SWITCH=${SWITCH:-switch} CORE=${CORE:-core}
DIALER=${DIALER:-dialer} GATEWAY=${GATEWAY:-gateway} FIELD=${FIELD:-field} WAREHOUSE=${WAREHOUSE:-warehouse}

allow() { # user, then operations and resources
    user=$1
    shift
    kafka-acls.sh --bootstrap-server "$BOOTSTRAP" ${COMMAND_CONFIG:+--command-config "$COMMAND_CONFIG"} \
        --add --allow-principal "User:$user" "$@"
}

# `duewatch topics` creates topics and compares their settings.
allow "$OPERATOR" --operation Create --operation Describe --operation DescribeConfigs \
    --resource-pattern-type prefixed --topic "$PREFIX-"

# `duewatch dead-letters` reads them, and sends records again.
allow "$OPERATOR" --operation Read --resource-pattern-type prefixed --topic "$PREFIX-dead-letters"
allow "$OPERATOR" --operation Write --topic "$PREFIX-dials" --topic "$PREFIX-messages" --topic "$PREFIX-visits" \
    --topic "$PREFIX-letters" --topic "$PREFIX-facts" --topic "$PREFIX-registry"

# The worker reads the inputs in its group, and writes the outputs. It reads blocks and findings, too: to rebuild a lost
# Redis, and to audit what stands there. It looks at the topics' settings when it starts. It creates nothing.
allow "$WORKER" --operation Read --operation DescribeConfigs --topic "$PREFIX-dials" --topic "$PREFIX-messages" \
    --topic "$PREFIX-visits" --topic "$PREFIX-letters" --topic "$PREFIX-facts" --topic "$PREFIX-registry"
allow "$WORKER" --operation Read --group "$GROUP"
allow "$WORKER" --operation Read --operation Write --operation DescribeConfigs \
    --resource-pattern-type prefixed --topic "$PREFIX-blocks-" --topic "$PREFIX-findings"
allow "$WORKER" --operation Write --operation DescribeConfigs \
    --resource-pattern-type prefixed --topic "$PREFIX-dead-letters"

# Whoever reports contacts, and whoever knows facts and keeps the registry, writes.
allow "$SWITCH" --operation Write --topic "$PREFIX-dials"
allow "$CORE" --operation Write --topic "$PREFIX-facts" --topic "$PREFIX-registry"

# A dialer, a gateway and a field app read their blocks, without a group; a warehouse reads findings in its own.
blocks() { # user, channel
    if [ -z "$INSTITUTIONS" ]; then
        allow "$1" --operation Read --topic "$PREFIX-blocks-$2"
    fi
    for institution in $INSTITUTIONS; do
        allow "$1" --operation Read --topic "$PREFIX-blocks-$2-$institution"
    done
}
blocks "$DIALER" dial
blocks "$GATEWAY" message
blocks "$FIELD" visit
allow "$WAREHOUSE" --operation Read --group "$WAREHOUSE"
if [ -z "$INSTITUTIONS" ]; then
    allow "$WAREHOUSE" --operation Read --topic "$PREFIX-findings"
fi
for institution in $INSTITUTIONS; do
    allow "$WAREHOUSE" --operation Read --topic "$PREFIX-findings-$institution"
done
