export interface NativeStackOptions {
  /** Holds data, logs and run files of this one stack. Absolute. */
  home: string;
  /** Holds what was downloaded; several stacks may share it. Absolute. */
  software: string;
  ports: StackPorts;
  mysqlAdministrator: { user: string; password: string };
  redisPassword: string;
  kafkaJvmOptions: string[];
  mysqlBufferPool: string;
  /** Where executables are looked for, beside the system's usual folders. */
  searchPath: string[];
  /** What the servers and installers get as their environment. */
  environment: Record<string, string>;
}

export interface StackPorts {
  kafka: number;
  kafkaController: number;
  schemaRegistry: number;
  mysql: number;
  redis: number;
}

/** What a native server needs to know about the machine, found by `prepare`. */
export interface Installed {
  java: string;
  kafkaLibraries: string;
  registry: string;
  classArchives: string;
  mariadbd: string;
  mariadbInstallDb: string;
  redisServer: string;
}
