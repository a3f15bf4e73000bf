import com.ibm.cloud.ibm_key_protect_api.v2.model.AllowedIPPortResource;
import com.ibm.cloud.ibm_key_protect_api.v2.model.CollectionMetadata;
import com.ibm.cloud.ibm_key_protect_api.v2.model.CreateKeyAliasOptions;
import com.ibm.cloud.ibm_key_protect_api.v2.model.CreateKeyRingOptions;
import com.ibm.cloud.ibm_key_protect_api.v2.model.DeleteKeyAliasOptions;
import com.ibm.cloud.ibm_key_protect_api.v2.model.DeleteKeyRingOptions;
import com.ibm.cloud.ibm_key_protect_api.v2.model.GetAllowedIPPortOptions;
import com.ibm.cloud.ibm_key_protect_api.v2.model.GetInstancePoliciesOneOfResourcesItem;
import com.ibm.cloud.ibm_key_protect_api.v2.model.GetInstancePolicyOptions;
import com.ibm.cloud.ibm_key_protect_api.v2.model.GetPolicyOptions;
import com.ibm.cloud.ibm_key_protect_api.v2.model.GetRegistrationsAllKeysOptions;
import com.ibm.cloud.ibm_key_protect_api.v2.model.GetRegistrationsOptions;
import com.ibm.cloud.ibm_key_protect_api.v2.model.InstancePolicyAllowedIPPolicyData;
import com.ibm.cloud.ibm_key_protect_api.v2.model.InstancePolicyAllowedIPPolicyDataAttributes;
import com.ibm.cloud.ibm_key_protect_api.v2.model.KeyPolicyDualAuthDelete;
import com.ibm.cloud.ibm_key_protect_api.v2.model.KeyPolicyDualAuthDeleteDualAuthDelete;
import com.ibm.cloud.ibm_key_protect_api.v2.model.ListKeyRingsOptions;
import com.ibm.cloud.ibm_key_protect_api.v2.model.PatchKeyOptions;
import com.ibm.cloud.ibm_key_protect_api.v2.model.PutInstancePolicyOptions;
import com.ibm.cloud.ibm_key_protect_api.v2.model.PutPolicyOptions;
import com.ibm.cloud.ibm_key_protect_api.v2.model.RegistrationResource;
import com.ibm.cloud.ibm_key_protect_api.v2.model.SetInstancePoliciesOneOfSetInstancePolicyAllowedIP;
import com.ibm.cloud.ibm_key_protect_api.v2.model.SetInstancePoliciesOneOfSetInstancePolicyAllowedIPResourcesItem;
import com.ibm.cloud.ibm_key_protect_api.v2.model.SetKeyPoliciesOneOfSetKeyPolicyDualAuthDelete;
import com.ibm.cloud.ibm_key_protect_api.v2.model.SyncAssociatedResourcesOptions;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What stands around keys: policies, registrations, aliases, rings. */
final class AroundKeys {
  static final Map<String, Program.Operation> OPERATIONS = new LinkedHashMap<>();
  private static final String BUCKET =
      "crn:v1:bluemix:public:cloud-object-storage:global:a/0a1b:77aa:bucket:java"; // registered before the test
  private static final CollectionMetadata ONE_POLICY =
      new CollectionMetadata.Builder("application/vnd.ibm.kms.policy+json", 1L).build();

  static {
    OPERATIONS.put("putPolicy", () -> {
      String id = Calls.root();
      needTwo(id);
      Calls.equal(true, Calls.metadata(id).getDualAuthDelete().isEnabled());
    });
    OPERATIONS.put("getPolicy", () -> {
      String id = Calls.root();
      GetPolicyOptions options = new GetPolicyOptions.Builder(id, Connect.INSTANCE).policy("dualAuthDelete").build();
      Calls.equal(0, Calls.KMS.getPolicy(options).execute().getResult().getResources().size());
      needTwo(id);
      Calls.equal(true, Calls.KMS.getPolicy(options).execute().getResult().getResources().get(0).getDualAuthDelete().enabled());
    });
    OPERATIONS.put("putInstancePolicy", () -> {
      whileHomeIsAllowed(() -> Calls.equal(true, allowedIp().getPolicyData().isEnabled()));
      Calls.equal(false, allowedIp().getPolicyData().isEnabled());
    });
    OPERATIONS.put("getInstancePolicy", () -> {
      allowHome(false);
      Calls.equal("allowedIP", allowedIp().getPolicyType());
      Calls.equal(false, allowedIp().getLastUpdated() == null);
    });
    OPERATIONS.put("getAllowedIPPort", () -> whileHomeIsAllowed(() -> {
      GetAllowedIPPortOptions options = new GetAllowedIPPortOptions.Builder(Connect.INSTANCE).build();
      List<AllowedIPPortResource> ports = Calls.KMS.getAllowedIPPort(options).execute().getResult().getResources();
      Calls.equal((long) URI.create(System.getenv("KEYSTEAD_URL")).getPort(), ports.get(0).getPrivateEndpointPort());
    }));
    OPERATIONS.put("getRegistrationsAllKeys", () -> {
      RegistrationResource found = registered();
      Calls.equal(Arrays.asList(BUCKET, "bucket key"), Arrays.asList(found.getResourceCrn(), found.getDescription()));
      Calls.equal(Calls.metadata(found.getKeyId()).getKeyVersion().getId(), found.getKeyVersion().getId());
    });
    OPERATIONS.put("getRegistrations", () -> {
      RegistrationResource found = registered();
      Calls.equal(List.of(found), ofKey(found.getKeyId()));
      Calls.equal(List.of(), ofKey(Calls.root()));
    });
    OPERATIONS.put("syncAssociatedResources", () -> {
      String id = registered().getKeyId();
      sync(id);
      Calls.refused(409, "REQ_TOO_EARLY_ERR", () -> sync(id));
    });
    OPERATIONS.put("createKeyAlias", () -> {
      String id = Calls.root();
      Calls.equal(id, Calls.metadata(alias(id)).getId());
    });
    OPERATIONS.put("deleteKeyAlias", () -> {
      String id = Calls.root();
      Calls.KMS.deleteKeyAlias(new DeleteKeyAliasOptions.Builder(id, alias(id), Connect.INSTANCE).build()).execute();
    });
    OPERATIONS.put("createKeyRing", () -> {
      String ring = ring();
      Calls.equal(true, rings().contains(ring));
    });
    OPERATIONS.put("listKeyRings", () -> Calls.equal(true, rings().contains("default")));
    OPERATIONS.put("deleteKeyRing", () -> {
      String ring = ring();
      Calls.KMS.deleteKeyRing(new DeleteKeyRingOptions.Builder(ring, Connect.INSTANCE).force(true).build()).execute();
      Calls.equal(false, rings().contains(ring));
    });
    OPERATIONS.put("patchKey", () -> {
      String ring = ring();
      PatchKeyOptions options = new PatchKeyOptions.Builder(Calls.root(), Connect.INSTANCE)
          .keyPatchBody(Calls.stream(Map.of("keyRingID", ring))).build();
      Calls.equal(ring, Calls.KMS.patchKey(options).execute().getResult().getResources().get(0).getKeyRingId());
    });
  }

  /** Have two people delete the key. */
  static void needTwo(String id) {
    KeyPolicyDualAuthDelete policy = new KeyPolicyDualAuthDelete.Builder("application/vnd.ibm.kms.policy+json",
        new KeyPolicyDualAuthDeleteDualAuthDelete.Builder(true).build()).build();
    Calls.KMS.putPolicy(new PutPolicyOptions.Builder(id, Connect.INSTANCE,
        new SetKeyPoliciesOneOfSetKeyPolicyDualAuthDelete.Builder(ONE_POLICY, List.of(policy)).build())
        .policy("dualAuthDelete").build()).execute();
  }

  /** What a service has registered before the test; no client can. */
  static RegistrationResource registered() {
    List<RegistrationResource> found = Calls.KMS.getRegistrationsAllKeys(
        new GetRegistrationsAllKeysOptions.Builder(Connect.INSTANCE).totalCount(true)
            .urlEncodedResourceCrnQuery(URLEncoder.encode(BUCKET, StandardCharsets.UTF_8)).build())
        .execute().getResult().getResources();
    Calls.equal(1, found.size());
    return found.get(0);
  }

  private static List<RegistrationResource> ofKey(String id) {
    GetRegistrationsOptions options = new GetRegistrationsOptions.Builder(id, Connect.INSTANCE).build();
    return Calls.KMS.getRegistrations(options).execute().getResult().getResources();
  }

  private static void sync(String id) {
    Calls.KMS.syncAssociatedResources(new SyncAssociatedResourcesOptions.Builder(id, Connect.INSTANCE).build()).execute();
  }

  /** Others share the instance. */
  private static void whileHomeIsAllowed(Program.Operation operation) throws Exception {
    allowHome(true);
    try {
      operation.run();
    } finally {
      allowHome(false);
    }
  }

  private static void allowHome(boolean enabled) {
    InstancePolicyAllowedIPPolicyData.Builder data = new InstancePolicyAllowedIPPolicyData.Builder(enabled);
    if (enabled) {
      data.attributes(new InstancePolicyAllowedIPPolicyDataAttributes.Builder()
          .allowedIp(Arrays.asList("127.0.0.0/8", "::1")).build());
    }
    SetInstancePoliciesOneOfSetInstancePolicyAllowedIPResourcesItem policy =
        new SetInstancePoliciesOneOfSetInstancePolicyAllowedIPResourcesItem.Builder("allowedIP", data.build()).build();
    Calls.KMS.putInstancePolicy(new PutInstancePolicyOptions.Builder(Connect.INSTANCE,
        new SetInstancePoliciesOneOfSetInstancePolicyAllowedIP.Builder(ONE_POLICY, List.of(policy)).build())
        .policy("allowedIP").build()).execute();
  }

  private static GetInstancePoliciesOneOfResourcesItem allowedIp() {
    GetInstancePolicyOptions options = new GetInstancePolicyOptions.Builder(Connect.INSTANCE).policy("allowedIP").build();
    return Calls.KMS.getInstancePolicy(options).execute().getResult().getResources().get(0);
  }

  private static String alias(String id) {
    String alias = Calls.fresh("alias");
    Calls.KMS.createKeyAlias(new CreateKeyAliasOptions.Builder(id, alias, Connect.INSTANCE).build()).execute();
    return alias;
  }

  private static String ring() {
    String ring = Calls.fresh("ring");
    Calls.KMS.createKeyRing(new CreateKeyRingOptions.Builder(ring, Connect.INSTANCE).build()).execute();
    return ring;
  }

  private static List<String> rings() {
    return Calls.KMS.listKeyRings(new ListKeyRingsOptions.Builder(Connect.INSTANCE).build()).execute().getResult()
        .getResources().stream().map(ring -> ring.getId()).toList();
  }
}
