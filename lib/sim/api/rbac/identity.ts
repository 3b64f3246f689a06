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
