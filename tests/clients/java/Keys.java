import com.ibm.cloud.ibm_key_protect_api.v2.model.CreateKeyWithPoliciesOverridesOptions;
import com.ibm.cloud.ibm_key_protect_api.v2.model.DeleteKeyOptions;
import com.ibm.cloud.ibm_key_protect_api.v2.model.GetImportToken;
import com.ibm.cloud.ibm_key_protect_api.v2.model.GetImportTokenOptions;
import com.ibm.cloud.ibm_key_protect_api.v2.model.GetKeyCollectionMetadataOptions;
import com.ibm.cloud.ibm_key_protect_api.v2.model.GetKeyOptions;
import com.ibm.cloud.ibm_key_protect_api.v2.model.GetKeyVersionsOptions;
import com.ibm.cloud.ibm_key_protect_api.v2.model.GetKeysOptions;
import com.ibm.cloud.ibm_key_protect_api.v2.model.KeyWithPayload;
import com.ibm.cloud.ibm_key_protect_api.v2.model.ListKeyVersions;
import com.ibm.cloud.ibm_key_protect_api.v2.model.ListKeys;
import com.ibm.cloud.ibm_key_protect_api.v2.model.PostImportTokenOptions;
import com.ibm.cloud.ibm_key_protect_api.v2.model.PurgeKeyOptions;
import com.ibm.cloud.ibm_key_protect_api.v2.model.RestoreKeyOptions;
import com.ibm.cloud.ibm_key_protect_api.v2.model.RotateKeyOptions;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.KeyFactory;
import java.security.SecureRandom;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import javax.crypto.spec.SecretKeySpec;

/** Keys: make, import, read, list, delete, restore, purge. */
final class Keys {
  static final Map<String, Program.Operation> OPERATIONS = new LinkedHashMap<>();
  static final String NOBODY = "00000000-0000-4000-8000-000000000000";

  static {
    OPERATIONS.put("createKey", () -> {
      KeyWithPayload key = Calls.create(Map.of("tags", Arrays.asList("one", "two"), "description", "made by a test"));
      Calls.equal(Arrays.asList(1L, false, false), Arrays.asList(key.getState(), key.isExtractable(), key.isImported()));
      Calls.equal(Arrays.asList("one", "two"), key.getTags());
    });
    OPERATIONS.put("createKey: imported with a token", () -> Calls.holdsMaterial(Calls.create(sealed()).getId()));
    OPERATIONS.put("createKeyWithPoliciesOverrides", () -> {
      InputStream body = Calls.key(Map.of("rotation", Map.of("enabled", true, "interval_month", 6)));
      CreateKeyWithPoliciesOverridesOptions options =
          new CreateKeyWithPoliciesOverridesOptions.Builder(Connect.INSTANCE, body).build();
      String id = Calls.KMS.createKeyWithPoliciesOverrides(options).execute().getResult().getResources().get(0).getId();
      Calls.equal(6L, Calls.metadata(id).getRotation().getIntervalMonth());
    });
    OPERATIONS.put("postImportToken", () -> Calls.equal(200, post(3.0)));
    OPERATIONS.put("getImportToken", () -> {
      post(3.0);
      GetImportToken token = fetch();
      Calls.equal(2.0, token.getRemainingRetrievals());
      Calls.equal(12, token.getNonce().length);
    });
    OPERATIONS.put("getKeys", () -> {
      String name = Calls.fresh("wanted");
      String id = Calls.create(Map.of("name", name)).getId();
      GetKeysOptions options = new GetKeysOptions.Builder(Connect.INSTANCE).limit(10).sort("-creationDate")
          .search("exact:name:" + name).addState(1L).extractable(false).build();
      ListKeys found = Calls.KMS.getKeys(options).execute().getResult();
      Calls.equal(1L, found.getMetadata().getCollectionTotal());
      Calls.equal(name, found.getMetadata().getSearchQuery().getQuery());
      Calls.equal(id, found.getResources().get(0).getId());
    });
    OPERATIONS.put("getKeyCollectionMetadata", () -> {
      long before = total();
      Calls.root();
      Calls.equal(before + 1, total());
    });
    OPERATIONS.put("getKey", () -> {
      String id = Calls.create(Map.of("extractable", true, "payload", Calls.DEK)).getId();
      Calls.equal(Calls.DEK, Base64.getEncoder().encodeToString(read(id).getPayload()));
      Calls.equal(null, read(Calls.root()).getPayload());
    });
    OPERATIONS.put("getKey: refused", () -> Calls.refused(404, "KEY_NOT_FOUND_ERR", () -> read(NOBODY)));
    OPERATIONS.put("getKeyMetadata", () -> {
      KeyWithPayload key = Calls.create(Map.of());
      Calls.equal(key.getCrn(), Calls.metadata(key.getId()).getCrn());
    });
    OPERATIONS.put("getKeyVersions", () -> {
      String id = Calls.root();
      Calls.KMS.rotateKey(new RotateKeyOptions.Builder(id, Connect.INSTANCE).build()).execute();
      GetKeyVersionsOptions options = new GetKeyVersionsOptions.Builder(id, Connect.INSTANCE).totalCount(true).build();
      ListKeyVersions versions = Calls.KMS.getKeyVersions(options).execute().getResult();
      Calls.equal(2, versions.getResources().size());
    });
    OPERATIONS.put("deleteKey", () -> {
      String id = Calls.root();
      KeyWithPayload gone = Calls.KMS.deleteKey(new DeleteKeyOptions.Builder(id, Connect.INSTANCE)
          .prefer("return=representation").build()).execute().getResult().getResources().get(0);
      Calls.equal(Arrays.asList(id, 5L, true), Arrays.asList(gone.getId(), gone.getState(), gone.isDeleted()));
      delete(Calls.root());
    });
    OPERATIONS.put("deleteKey: in use", () ->
        Calls.refused(409, "PROTECTED_RESOURCE_ERR", () -> delete(AroundKeys.registered().getKeyId())));
    OPERATIONS.put("restoreKey", () -> {
      String id = Calls.imported();
      delete(id);
      RestoreKeyOptions options = new RestoreKeyOptions.Builder(id, Connect.INSTANCE, Calls.stream(Map.of())).build();
      try (InputStream body = Calls.KMS.restoreKey(options).execute().getResult()) {
        Calls.equal(true, new String(body.readAllBytes(), StandardCharsets.UTF_8).contains(id));
      }
      Calls.holdsMaterial(id);
    });
    OPERATIONS.put("purgeKey", () -> {
      String id = Calls.root();
      delete(id);
      Calls.KMS.purgeKey(new PurgeKeyOptions.Builder(id, Connect.INSTANCE).build()).execute();
      Calls.refused(404, "KEY_NOT_FOUND_ERR", () -> read(id));
    });
  }

  private static KeyWithPayload read(String id) {
    GetKeyOptions options = new GetKeyOptions.Builder(id, Connect.INSTANCE).build();
    return Calls.KMS.getKey(options).execute().getResult().getResources().get(0);
  }

  static void delete(String id) {
    Calls.KMS.deleteKey(new DeleteKeyOptions.Builder(id, Connect.INSTANCE).build()).execute();
  }

  private static long total() {
    GetKeyCollectionMetadataOptions options = new GetKeyCollectionMetadataOptions.Builder(Connect.INSTANCE).build();
    return Long.parseLong(
        Calls.KMS.getKeyCollectionMetadata(options).execute().getHeaders().values("key-total").get(0));
  }

  private static int post(double retrievals) {
    PostImportTokenOptions options = new PostImportTokenOptions.Builder(Connect.INSTANCE)
        .expiration(600.0).maxAllowedRetrievals(retrievals).build();
    return Calls.KMS.postImportToken(options).execute().getStatusCode();
  }

  private static GetImportToken fetch() {
    return Calls.KMS.getImportToken(new GetImportTokenOptions.Builder(Connect.INSTANCE).build()).execute().getResult();
  }

  /** The fields of an import with a token; this client has no function for it. */
  private static Map<String, String> sealed() throws Exception {
    post(1.0);
    GetImportToken token = fetch();
    byte[] iv = new byte[12];
    new SecureRandom().nextBytes(iv);
    Cipher nonce = Cipher.getInstance("AES/GCM/NoPadding");
    nonce.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(Calls.OCTETS, "AES"), new GCMParameterSpec(128, iv));
    Cipher payload = Cipher.getInstance("RSA/ECB/OAEPWithSHA-256AndMGF1Padding");
    payload.init(Cipher.ENCRYPT_MODE, publicKey(token),
        new OAEPParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, PSource.PSpecified.DEFAULT));
    Base64.Encoder encoder = Base64.getEncoder();
    return Map.of(
        "payload", encoder.encodeToString(payload.doFinal(Calls.OCTETS)),
        "encryptedNonce", encoder.encodeToString(nonce.doFinal(token.getNonce())),
        "iv", encoder.encodeToString(iv),
        "encryptionAlgorithm", "RSAES_OAEP_SHA_256");
  }

  private static java.security.PublicKey publicKey(GetImportToken token) throws Exception {
    String pem = new String(token.getPayload(), StandardCharsets.US_ASCII);
    byte[] der = Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", ""));
    return KeyFactory.getInstance("RSA").generatePublic(new X509EncodedKeySpec(der));
  }
}
