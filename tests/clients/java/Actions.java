import com.ibm.cloud.ibm_key_protect_api.v2.model.ActionOnKeyOptions;
import com.ibm.cloud.ibm_key_protect_api.v2.model.DisableKeyOptions;
import com.ibm.cloud.ibm_key_protect_api.v2.model.EnableKeyOptions;
import com.ibm.cloud.ibm_key_protect_api.v2.model.KeyActionOneOfResponse;
import com.ibm.cloud.ibm_key_protect_api.v2.model.RewrapKeyOptions;
import com.ibm.cloud.ibm_key_protect_api.v2.model.RewrapKeyResponseBody;
import com.ibm.cloud.ibm_key_protect_api.v2.model.RotateKeyOptions;
import com.ibm.cloud.ibm_key_protect_api.v2.model.SetKeyForDeletionOptions;
import com.ibm.cloud.ibm_key_protect_api.v2.model.UnsetKeyForDeletionOptions;
import com.ibm.cloud.ibm_key_protect_api.v2.model.WrapKeyResponseBody;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;

/** What is done with keys: wrap, unwrap, rewrap, rotate, disable, enable, and mark for deletion. */
final class Actions {
  static final Map<String, Program.Operation> OPERATIONS = new LinkedHashMap<>();

  static {
    OPERATIONS.put("wrapKey", () -> {
      WrapKeyResponseBody made = Calls.wrap(Calls.root(), Map.of());
      Calls.equal(32, Base64.getDecoder().decode(made.getPlaintext()).length);
    });
    OPERATIONS.put("unwrapKey", () -> {
      String id = Calls.root();
      String ciphertext =
          Calls.wrap(id, Map.of("plaintext", Calls.DEK, "aad", Arrays.asList("bucket", "object"))).getCiphertext();
      Calls.equal(Calls.DEK, Calls.unwrap(id, Map.of("ciphertext", ciphertext, "aad", Arrays.asList("bucket", "object"))));
      Calls.refused(422, "UNPROCESSABLE_CIPHERTEXT_ERR", () -> Calls.unwrap(id, Map.of("ciphertext", ciphertext)));
    });
    OPERATIONS.put("rewrapKey", () -> {
      String id = Calls.root();
      String old = Calls.wrap(id, Map.of("plaintext", Calls.DEK)).getCiphertext();
      rotate(id);
      RewrapKeyOptions options =
          new RewrapKeyOptions.Builder(id, Connect.INSTANCE, Calls.stream(Map.of("ciphertext", old))).build();
      RewrapKeyResponseBody made = Calls.KMS.rewrapKey(options).execute().getResult();
      Calls.equal(false, made.getKeyVersion().getId().equals(made.getRewrappedKeyVersion().getId()));
      Calls.equal(Calls.DEK, Calls.unwrap(id, Map.of("ciphertext", made.getCiphertext())));
    });
    OPERATIONS.put("rotateKey", () -> {
      String id = Calls.root();
      String before = Calls.metadata(id).getKeyVersion().getId();
      rotate(id);
      Calls.equal(false, before.equals(Calls.metadata(id).getKeyVersion().getId()));
    });
    OPERATIONS.put("rotateKey: imported", () -> {
      Map<String, String> body = Map.of("payload", Base64.getEncoder().encodeToString(Calls.filled(8)));
      Calls.KMS.rotateKey(new RotateKeyOptions.Builder(Calls.imported(), Connect.INSTANCE)
          .keyActionRotateBody(Calls.stream(body)).build()).execute();
    });
    OPERATIONS.put("disableKey", () -> {
      String id = Calls.root();
      disable(id);
      Calls.equal(2L, Calls.metadata(id).getState());
      Calls.refused(409, "KEY_ACTION_INVALID_STATE_ERR", () -> Calls.wrap(id, Map.of()));
    });
    OPERATIONS.put("enableKey", () -> {
      String id = Calls.root();
      disable(id);
      Calls.KMS.enableKey(new EnableKeyOptions.Builder(id, Connect.INSTANCE).build()).execute();
      Calls.wrap(id, Map.of());
    });
    OPERATIONS.put("actionOnKey", () -> {
      String id = Calls.root();
      String ciphertext = act(id, "wrap", Map.of("plaintext", Calls.DEK)).getCiphertext();
      Calls.equal(Calls.DEK, act(id, "unwrap", Map.of("ciphertext", ciphertext)).getPlaintext());
    });
    OPERATIONS.put("setKeyForDeletion", () -> {
      String id = Calls.root();
      Calls.refused(409, "NOT_DUAL_AUTH_ERR", () -> set(id));
      AroundKeys.needTwo(id);
      set(id);
      Calls.equal(true, Calls.metadata(id).getDualAuthDelete().isKeySetForDeletion());
      Calls.refused(409, "AUTHORIZATIONS_NOT_MET", () -> Keys.delete(id)); // one person cannot be both
    });
    OPERATIONS.put("unsetKeyForDeletion", () -> {
      String id = Calls.root();
      AroundKeys.needTwo(id);
      set(id);
      Calls.KMS.unsetKeyForDeletion(new UnsetKeyForDeletionOptions.Builder(id, Connect.INSTANCE).build()).execute();
      Calls.equal(false, Calls.metadata(id).getDualAuthDelete().isKeySetForDeletion());
    });
  }

  private static void rotate(String id) {
    Calls.KMS.rotateKey(new RotateKeyOptions.Builder(id, Connect.INSTANCE).build()).execute();
  }

  private static void disable(String id) {
    Calls.KMS.disableKey(new DisableKeyOptions.Builder(id, Connect.INSTANCE).build()).execute();
  }

  private static void set(String id) {
    Calls.KMS.setKeyForDeletion(new SetKeyForDeletionOptions.Builder(id, Connect.INSTANCE).build()).execute();
  }

  @SuppressWarnings("deprecation")
  private static KeyActionOneOfResponse act(String id, String action, Map<String, ?> body) {
    ActionOnKeyOptions options =
        new ActionOnKeyOptions.Builder(id, Connect.INSTANCE, action, Calls.stream(body)).build();
    return Calls.KMS.actionOnKey(options).execute().getResult();
  }
}
