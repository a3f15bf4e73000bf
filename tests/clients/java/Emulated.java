import com.ibm.cloud.ibm_key_protect_api.v2.model.RotateKeyOptions;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What only a development server does: it is told by the command that starts it, from any language. */
final class Emulated {
  static final Map<String, Program.Operation> OPERATIONS = new LinkedHashMap<>();

  static {
    OPERATIONS.put("wrapKey: after the key has expired", () -> {
      Instant expires = Instant.parse(dev("clock", "0")).plus(1, ChronoUnit.HOURS);
      String id = Calls.create(Map.of("expirationDate", expires.toString())).getId();
      Calls.wrap(id, Map.of());
      dev("clock", "+1h");
      Calls.refused(409, "KEY_ACTION_INVALID_STATE_ERR", () -> Calls.wrap(id, Map.of()));
    });
    OPERATIONS.put("rotateKey: with a fault that was ordered", () -> {
      String id = Calls.root();
      dev("fault", "/api/v2/keys/{key}/actions/rotate", "--method", "POST", "--status", "409", "--count", "1");
      Calls.refused(409, "REQ_TOO_EARLY_ERR", () -> rotate(id));
      rotate(id);
    });
  }

  private static void rotate(String id) {
    Calls.KMS.rotateKey(new RotateKeyOptions.Builder(id, Connect.INSTANCE).build()).execute();
  }

  private static String dev(String... words) throws Exception {
    List<String> command = new ArrayList<>(List.of("keystead", "dev"));
    command.addAll(List.of(words));
    Process told = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(told.getInputStream().readAllBytes());
    if (told.waitFor() != 0) {
      throw new IllegalStateException(said);
    }
    return said.trim();
  }
}
