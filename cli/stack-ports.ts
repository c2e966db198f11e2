import type { StackPorts } from "#platform/stack/native/native-options.ts";

const replicaStep = 100;
export const mostReplicas = 3;

export function stackPorts(offset: number): StackPorts {
  return {
    kafka: 30_092 + offset,
    kafkaController: 30_093 + offset,
    schemaRegistry: 30_081 + offset,
    mysql: 30_306 + offset,
    redis: 30_379 + offset,
  };
}

/** `replica` counts from 1. */
export function servicePort(basePort: number, replica: number, offset: number): number {
  return basePort + offset + replicaStep * (replica - 1);
}
