import { unescapedPath } from "../../../go/mod.ts";
import { ApiError } from "../../../kube/mod.ts";

/** Who asks. */
export interface UserInfo {
  name: string;
  groups: readonly string[];
  uid?: string;
  extra?: Record<string, string[]>;
}

const AUTHENTICATED = "system:authenticated";
const SERVICE_ACCOUNT = /^system:serviceaccount:([^:]+):([^:]+)$/;

/** The user of the lab's own kubeconfig. Source: kubernetes cmd/kubeadm/app/constants/constants.go. */
export const ADMIN: UserInfo = {
  name: "kubernetes-admin",
  groups: ["kubeadm:cluster-admins", AUTHENTICATED],
};

export const ANONYMOUS: UserInfo = { name: "system:anonymous", groups: ["system:unauthenticated"] };

/** The namespace and name in the name of a service account's user. */
export function serviceAccountOf(user: string): { namespace: string; name: string } | undefined {
  const match = SERVICE_ACCOUNT.exec(user);
  return match ? { namespace: match[1], name: match[2] } : undefined;
}

/**
 * A user as the cluster's own authenticators make it.
 * Source: kubernetes/apiserver pkg/authentication/serviceaccount/util.go (MakeGroupNames).
 */
export function userNamed(name: string): UserInfo {
  const account = serviceAccountOf(name);
  if (!account) return { name, groups: [AUTHENTICATED] };
  const groups = ["system:serviceaccounts", `system:serviceaccounts:${account.namespace}`];
  return { name, groups: [...groups, AUTHENTICATED] };
}

/** The token in an Authorization header; undefined without one. */
export function bearerToken(header: string | undefined): string | undefined {
  return header ? /^Bearer\s+(.+)$/i.exec(header)?.[1].trim() ?? "" : undefined;
}

const TOKEN_PROTOCOL = "base64url.bearer.authorization.k8s.io.";

/**
 * The token that a WebSocket brings among its protocols, for want of a header: pages cannot set one. Beside it there has to
 * be a protocol to speak. Gives the protocols without it, too; undefined where there is none that can be read.
 * Source: kubernetes/apiserver pkg/authentication/request/websocket/protocol.go.
 */
export function protocolToken(header: string): { token: string; protocols: string } | undefined {
  const all = header.split(",").map((one) => one.trim());
  const [shown, ...more] = all.filter((one) => one.startsWith(TOKEN_PROTOCOL));
  const others = all.filter((one) => !one.startsWith(TOKEN_PROTOCOL));
  if (shown === undefined || more.length > 0 || others.length === 0) return undefined;
  try {
    const bytes = Uint8Array.fromBase64(shown.slice(TOKEN_PROTOCOL.length), {
      alphabet: "base64url",
    });
    const token = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return { token, protocols: others.join(",") };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined;
    throw error;
  }
}

/** Something that somebody wants to be taken for. */
export interface Impersonation {
  group: string;
  resource: "users" | "groups" | "serviceaccounts" | "uids" | "userextras";
  subresource?: string;
  namespace?: string;
  name: string;
}

/**
 * Whom a request's headers ask to be taken for, and what that takes; undefined without any.
 * Errors: ApiError when groups come without a user.
 * Source: kubernetes/apiserver pkg/endpoints/filters/impersonation.go.
 */
export function impersonated(
  headers: Record<string, string>,
): { user: UserInfo; wants: Impersonation[] } | undefined {
  const name = headers["impersonate-user"] ?? "";
  const groups = (headers["impersonate-group"] ?? "").split(",").map((one) => one.trim())
    .filter((one) => one !== "");
  const uid = headers["impersonate-uid"];
  const extra: Record<string, string[]> = {};
  for (const [header, value] of Object.entries(headers)) {
    const key = /^impersonate-extra-(.+)$/.exec(header)?.[1];
    if (key) extra[unescapedPath(key)] = value.split(",").map((one) => one.trim());
  }
  if (name === "") {
    if (groups.length === 0 && !uid && Object.keys(extra).length === 0) return undefined;
    throw ApiError.internal(
      `requested ${JSON.stringify(groups)} without impersonating a user`,
    );
  }
  const account = serviceAccountOf(name);
  const wants: Impersonation[] = [
    account
      ? { group: "", resource: "serviceaccounts", ...account }
      : { group: "", resource: "users", name },
    ...groups.map((group) => ({ group: "", resource: "groups" as const, name: group })),
    ...Object.entries(extra).flatMap(([key, values]) =>
      values.map((value) => ({
        group: "authentication.k8s.io",
        resource: "userextras" as const,
        subresource: key,
        name: value,
      }))
    ),
    ...(uid ? [{ group: "authentication.k8s.io", resource: "uids" as const, name: uid }] : []),
  ];
  const given = groups.length > 0 ? groups : account ? userNamed(name).groups : [];
  const isAnonymous = name === ANONYMOUS.name || given.includes("system:unauthenticated");
  const all = isAnonymous ? [...given, ...ANONYMOUS.groups] : [...given, AUTHENTICATED];
  return {
    user: {
      name,
      groups: [...new Set(all)],
      ...(uid ? { uid } : {}),
      ...(Object.keys(extra).length > 0 ? { extra } : {}),
    },
    wants,
  };
}
